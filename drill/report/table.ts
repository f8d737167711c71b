// A table that scrolls within itself where the screen is narrow.
import { type Html, html, type Renderable } from './html.ts';

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Renderable[])[],
): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
