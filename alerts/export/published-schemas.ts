// Whether the exports are what those who read them publish: schemas/ says of each where it comes from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';

const read = (file: string) => readFileSync(join(import.meta.dirname, 'schemas', file), 'utf8');

/** Kubernetes refuses unknown fields where its schema names the known ones; JSON Schema has to be told. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return inside.properties === undefined ? inside : { ...inside, additionalProperties: false };
}

function withoutGoFlags(pattern: string): string {
  // (?i) is Go's; a JavaScript pattern has its flags outside.
  return pattern.replace('(?i)', '');
}

function crdSchema(): object {
  const crd = parse(read('prometheusrule-crd.yml'), (key, value) =>
    key === 'pattern' ? withoutGoFlags(value as string) : value,
  ) as { spec: { versions: { schema: { openAPIV3Schema: object } }[] } };
  return closed(crd.spec.versions[0]!.schema.openAPIV3Schema) as object;
}

// Not strict: a CRD carries keywords of Kubernetes' own.
const ajv = new Ajv({ allErrors: true, strict: false });

/** Every document of a YAML file that its schema refuses, with the place and the reason. */
function refusedBy(schema: () => object) {
  let validate: ValidateFunction | undefined;
  return (text: string): string[] => {
    validate ??= ajv.compile(schema());
    return parseAllDocuments(text).flatMap((document, index) => {
      if (validate!(document.toJS())) return [];
      return (validate!.errors ?? []).map(
        ({ instancePath, message }) => `document ${index + 1}${instancePath}: ${message}`,
      );
    });
  };
}

export const refuseOpenSlo = refusedBy(() => JSON.parse(read('openslo-v1.schema.json')) as object);
export const refuseManifest = refusedBy(crdSchema);
