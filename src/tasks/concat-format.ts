/** A part of a merged text: a literal, or the place of a field in the task's list. */
export type ConcatPart = string | number;

/**
 * The parts that a CONCAT_FORMAT puts together. AppFlow does not document its grammar, so all of these name a field of the
 * task: `${Name}`, `{Name}`, `$Name`; `{0}`, `${0}`; `$1`; and `%s` for one after the other. A text that names none stands
 * between the values; without a format that is a blank.
 */
export function parseConcatFormat(format: string | undefined, fields: readonly string[]): readonly ConcatPart[] {
  const parts = format === undefined ? [] : readParts(format, fields);
  return parts.some((part) => typeof part === "number") ? parts : separate(format ?? " ", fields);
}

function readParts(format: string, fields: readonly string[]): readonly ConcatPart[] {
  const placeholders = placeholdersOf(fields);
  const parts: ConcatPart[] = [];
  let literal = "";
  let sequence = 0;
  for (let at = 0; at < format.length;) {
    const found = placeholders.find(({ spelling }) => format.startsWith(spelling, at));
    const field = found?.field ?? (format.startsWith("%s", at) && sequence < fields.length ? sequence++ : undefined);
    if (field === undefined) {
      literal += format[at++];
      continue;
    }
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(field);
    at += found?.spelling.length ?? 2;
  }
  if (literal !== "") parts.push(literal);
  return parts;
}

interface Placeholder {
  readonly spelling: string;
  readonly field: number;
}

/** Longer spellings come first, so that `$10` is not `$1`; of equal ones names come before numbers. */
function placeholdersOf(fields: readonly string[]): readonly Placeholder[] {
  const named = fields.flatMap((name, field) => [
    { spelling: `\${${name}}`, field },
    { spelling: `{${name}}`, field },
    ...(name === "" ? [] : [{ spelling: `$${name}`, field }]),
  ]);
  const numbered = fields.flatMap((_, field) => [
    { spelling: `\${${field}}`, field },
    { spelling: `{${field}}`, field },
    { spelling: `$${field + 1}`, field },
  ]);
  return [...named, ...numbered].sort((a, b) => b.spelling.length - a.spelling.length);
}

function separate(separator: string, fields: readonly string[]): readonly ConcatPart[] {
  return fields.flatMap((_, field) => (field === 0 ? [field] : [separator, field]));
}
