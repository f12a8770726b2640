/** A plain JSON value: what definitions, cursors and checkpoints are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** What a text, number or boolean is as text; empty for anything else. */
export function scalarText(value: Json | undefined): string {
  return typeof value === "object" || value === undefined ? "" : String(value);
}
