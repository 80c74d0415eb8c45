import { showValue } from '../errors.js';
import { CheckpointError } from './errors.js';
import { PickleGlobal, PickleObject, type PickleValue } from './pickle-values.js';

/**
 * An object of a class that is not read: options, paths, dates, whatever stands beside the tensors. Nothing of the class
 * is known or run; what the file says of the object is dropped.
 */
export class OpaqueObject extends PickleObject {
  private readonly className: string;
  private readonly file: string;

  constructor(className: string, file: string) {
    super();
    this.className = className;
    this.file = file;
  }

  /** @throws CheckpointError for a `torch.nn.Module`, whose weights would be passed over with it */
  override setState(state: PickleValue): void {
    if (state instanceof Map && (state.has('_parameters') || state.has('_modules'))) {
      throw foreignGlobal(this.className, this.file);
    }
  }
}

/** A class that is not read, by its name alone: objects of it may be made, and are opaque. */
export class OpaqueClass extends PickleGlobal {
  private readonly file: string;

  constructor(name: string, file: string) {
    super(name);
    this.file = file;
  }

  make(): OpaqueObject {
    return new OpaqueObject(this.name, this.file);
  }
}

/** Modules whose classes do things, and those whose objects hold weights: naming them is refused. */
const refusedModules =
  /^(?:torch|builtins|__builtin__|os|posix|nt|subprocess|sys|shutil|socket|ctypes|importlib|multiprocessing|pty|runpy|webbrowser)(?:\.|$)/;

/** Classes begin with a capital, those of a module's own after an underscore; functions do not. */
const className = /^_?[A-Z]\w*(?:\._?[A-Z]\w*)*$/;

/** A class that is on no list, as an opaque one; undefined for anything that is no class, or of a module that is refused. */
export function opaqueClass(module: string, name: string, file: string): OpaqueClass | undefined {
  const isClass = className.test(name) && /^[A-Za-z_][\w.]*$/.test(module) && !refusedModules.test(module);
  return isClass ? new OpaqueClass(`${module}.${name}`, file) : undefined;
}

/** What to say of a global that is on no list. */
export function foreignGlobal(name: string, file: string): CheckpointError {
  return new CheckpointError(
    `${file}: the pickle names the global ${showValue(name, 120)}, which a checkpoint does not need; do not load this file in Python unless you trust it, and re-save its state dict with torch.save(model.state_dict(), …)`,
  );
}
