// Bodies made from the contracts, with something planted in one text field after the other: a field that is added to a
// contract is planted in without anybody thinking of it.
import fc from 'fast-check';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** A body as the schema takes it, one for each variant of a union. */
export const examples = (schema: z.ZodType): unknown[] =>
  variants(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Json).map(example);

/** One body a text field of the schema, each with `text` in that field. */
export const planted = (schema: z.ZodType, text: string): { readonly at: string; readonly body: unknown }[] =>
  examples(schema).flatMap((body) =>
    textPaths(body).map((path) => ({ at: path.join('.'), body: set(body, path, text) })),
  );

const variantsOf = (schema: Json): readonly Json[] | null =>
  (schema.anyOf ?? schema.oneOf ?? null) as readonly Json[] | null;
const variants = (schema: Json): readonly Json[] => variantsOf(schema) ?? [schema];

function example(schema: Json): unknown {
  const [first] = variantsOf(schema) ?? [];
  if (first !== undefined) return example(first);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (schema.type) {
    case 'object': {
      const properties = (schema.properties ?? {}) as Record<string, Json>;
      const known = Object.entries(properties).map(([name, member]) => [name, example(member)]);
      const any = typeof schema.additionalProperties === 'object' && known.length === 0;
      return Object.fromEntries(any ? [['note', example(schema.additionalProperties as Json)]] : known);
    }
    case 'array':
      return [example((schema.items ?? {}) as Json)];
    case 'string':
      return exampleText(schema);
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema.minimum ?? 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'anything';
  }
}

function exampleText({ pattern, format, minLength }: Json): string {
  if (format === 'email') return 'somebody@example.test';
  if (typeof pattern === 'string')
    return fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 7 })[0]!;
  return 'x'.repeat(Math.max(1, Number(minLength ?? 1)));
}

function textPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => textPaths(member, [...path, name]));
}

function set(value: unknown, [name, ...rest]: Path, text: string): unknown {
  if (name === undefined) return text;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const members = copy as Record<string | number, unknown>;
  members[name] = set(members[name], rest, text);
  return copy;
}
