import { useState } from 'preact/hooks';
import { useDropDown } from '../parts/use-drop-down.js';
import { fileStem, type Picture, paintPng } from './picture.js';
import { saveFile } from './save-file.js';

export const pictureKinds = ['SVG', 'PNG', 'CSV'] as const;
export type PictureKind = (typeof pictureKinds)[number];

/** Makes a file of a picture and hands it to the browser. @throws Error when it cannot be drawn */
export async function savePicture(picture: Picture, kind: PictureKind): Promise<void> {
  const name = `${fileStem(picture.title)}.${kind.toLowerCase()}`;
  if (kind === 'CSV') saveFile(new Blob([picture.csv()], { type: 'text/csv' }), name);
  else if (kind === 'SVG') saveFile(new Blob([picture.svg()], { type: 'image/svg+xml' }), name);
  else saveFile(await paintPng(picture.svg()), name);
}

/** An arrow on a figure, and below it the kinds of files that the figure is saved as. */
export function SaveMenu({ picture }: { readonly picture: Picture }) {
  const { close, properties } = useDropDown();
  const [failure, setFailure] = useState<string>();
  return (
    <details {...properties} class="save">
      <summary aria-label={`save ${picture.title}`} title="save as it is seen">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M8 2v8m-3.5-3L8 10.5 11.5 7M3 13.5h10" />
        </svg>
      </summary>
      <div class="save-box" tabIndex={-1}>
        {pictureKinds.map((kind) => (
          <button
            type="button"
            class="plain"
            key={kind}
            onClick={() => {
              setFailure(undefined);
              savePicture(picture, kind).then(close, (error: Error) => setFailure(error.message));
            }}
          >
            {kind}
          </button>
        ))}
        {failure === undefined ? null : <p role="alert">{failure}</p>}
      </div>
    </details>
  );
}
