import type { SettingsReader } from "./settings-reader.ts";
import { show } from "./settings-reader.ts";

/**
 * The parts of a table's name in SQL, outermost first: `db.schema.table` or `"Db"."Schema"."Table"`. What is wrong with
 * it is in the reader's problems.
 */
export function readTableName(reader: SettingsReader, setting: string, forms: readonly string[]): readonly string[] {
  const name = reader.requiredText(setting, `name the table as ${forms.join(" or ")}`);
  if (name === undefined) return [];
  const parts = IS_NAME.test(name) ? [...name.matchAll(PARTS)].map(([part]) => unquoted(part)) : [];
  if (parts.length === 0 || parts.length > forms.length) {
    reader.report(setting, `${show(name)} is not the name of a table`, `write ${forms.join(" or ")}`);
  }
  return parts;
}

const PART = String.raw`(?:"(?:[^"]|"")+"|[^".]+)`;
const IS_NAME = new RegExp(String.raw`^${PART}(?:\.${PART})*$`);
const PARTS = new RegExp(PART, "g");

function unquoted(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}
