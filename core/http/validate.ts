// Input is refused whole, naming every bad field and never quoting what was in it.
import type { z } from 'zod';
import { findCardNumber } from './card-number.ts';
import { findUnstorable } from './storable.ts';

export type Validated<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly status: 400 | 422; readonly name: string; readonly detail: string };

/** Field names a caller made up are not repeated: they are as untrusted as values. */
const describe = (issue: z.core.$ZodIssue) =>
  issue.code === 'unrecognized_keys'
    ? `${issue.path.join('.') || 'body'}: has fields that are not part of this request`
    : `${issue.path.join('.') || 'body'}: ${issue.message}`;

/** `text` is the request body as it came. Between services; what people typed goes through validateTyped. */
export function validate<S extends z.ZodType>(schema: S, text: string): Validated<z.output<S>> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'invalid', status: 400, name: 'malformed_json', detail: 'body: is not JSON' };
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) return invalid(parsed.error.issues.map(describe).join('; '));
  const field = findUnstorable(text, parsed.data);
  return field === null
    ? { kind: 'valid', value: parsed.data }
    : invalid(`${field || 'body'}: has characters that are no text`);
}

/** The door to the world: no field may hold a card number. */
export function validateTyped<S extends z.ZodType>(schema: S, text: string): Validated<z.output<S>> {
  const read = validate(schema, text);
  const field = read.kind === 'valid' ? findCardNumber(read.value) : null;
  return field === null ? read : cardNumberRefused(field);
}

const cardNumberRefused = (field: string) =>
  ({
    kind: 'invalid',
    status: 422,
    name: 'card_number_refused',
    detail: `${field}: holds a card number`,
  }) as const;

const invalid = (detail: string) => ({ kind: 'invalid', status: 422, name: 'invalid', detail }) as const;
