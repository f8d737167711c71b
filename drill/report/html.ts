// HTML by tagged template: what is put in is escaped, unless it was made here.

export class Html {
  constructor(text: string) {
    this.text = text;
  }
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeText = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);

export type Renderable = Html | string | number | null | readonly Renderable[];

function render(value: Renderable): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return value.map(render).join('');
}

export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  return new Html(strings.reduce((all, part, at) => `${all}${render(values[at - 1] ?? null)}${part}`));
}

/** Trusted text of ours: the style sheet. Never what a file or a person said. */
export const raw = (text: string) => new Html(text);
