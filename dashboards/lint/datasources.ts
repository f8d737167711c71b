// One variable says where the data is; a uid of one installation works in no other.
import { type DataSource, type Document, panelsIn, place, type Rule } from './document.ts';

/** Also refuses Loki and whatever else has a language of its own: the queries here are PromQL. */
const chosen = (source: DataSource | undefined) =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's syntax
  source?.type === 'prometheus' && source.uid === '${datasource}';
const posted = (source: DataSource | undefined) => source?.uid === '-- Grafana --';

const wrong = (at: string) => `${at} asks a data source of its own; use the variable`;

function annotationsOf({ uid, annotations }: Document): string[] {
  return annotations.list
    .filter(({ datasource }) => !chosen(datasource) && !posted(datasource))
    .map(({ name }) => wrong(`${uid}, annotation ${name}`));
}

const variablesOf = ({ uid, templating }: Document) =>
  templating.list
    .filter(({ type, datasource }) => type === 'query' && !chosen(datasource))
    .map(({ name }) => wrong(`${uid}, variable ${name}`));

export const datasources: Rule = {
  name: 'datasources',
  find: (document) => [
    ...variablesOf(document),
    ...annotationsOf(document),
    ...panelsIn(document).flatMap((panel) => {
      const sources = [panel.datasource, ...(panel.targets ?? []).map(({ datasource }) => datasource)];
      return sources.every(chosen) ? [] : [wrong(place(document, panel))];
    }),
  ],
};
