/** A command as shells complete it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
}

export interface CompletedOption {
  /** With its hyphens, long before short: `--out`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
}

/** Shells that have a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The script that lets a shell complete commands and their options, and names of files everywhere else. It holds all names, so
 * that no program is started when the Tab key is pressed.
 */
export function completionScript(
  shell: Shell,
  program: string,
  commands: readonly CompletedCommand[],
): string {
  switch (shell) {
    case 'bash':
      return bash(program, commands);
    case 'zsh':
      return zsh(program, commands);
    case 'fish':
      return fish(program, commands);
  }
}

function bash(program: string, commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words='${options.flatMap((option) => option.names).join(' ')}' ;;`,
  );
  return `_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${names.join('|')}) command="$word"; break ;;
    esac
  done
  case "$command" in
    "") words='${names.join(' ')} --help --version' ;;
${cases.join('\n')}
  esac
  COMPREPLY=()
  if [[ -z "$command" || "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _${program} ${program}
`;
}

function zsh(program: string, commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary, ':')}`)}`);
  const cases = commands.map(({ name, options }) => {
    const specs = options.flatMap(({ names, description, takesValue }) =>
      names.map((option) =>
        quoted(`*${option}[${escaped(description, '[]:')}]${takesValue ? ':value:_files' : ''}`),
      ),
    );
    return `    ${name}) _arguments -s ${[...specs, quoted('*:file:_files')].join(' ')} ;;`;
  });
  return `#compdef ${program}
_${program}() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
    *) _files ;;
  esac
}
compdef _${program} ${program}
`;
}

function fish(program: string, commands: readonly CompletedCommand[]): string {
  const lines = commands.map(
    ({ name, summary }) =>
      `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quotedForFish(summary)}`,
  );
  for (const { name, options } of commands) {
    for (const { names, description, takesValue } of options) {
      const spelled = names.map((option) =>
        option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`,
      );
      lines.push(
        [
          `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`,
          ...spelled,
          ...(takesValue ? ['-r -F'] : []),
          `-d ${quotedForFish(description)}`,
        ].join(' '),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** In single quotes, as bash and zsh read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function quotedForFish(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** Some characters, and the backslash, with a backslash before them. */
function escaped(text: string, characters: string): string {
  return [...text].map((char) => (char === '\\' || characters.includes(char) ? `\\${char}` : char)).join('');
}
