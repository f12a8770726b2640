import type { DynamoTable, Item } from "./dynamo-table.ts";
import type { Key } from "./table.ts";

/** A part of a list: of items without content, whose sort keys name what lies elsewhere. */
export interface ListPart {
  /** Its partition. */
  readonly list: string;
  readonly limit: number;
  /** Those behind that one only, in the direction in which the list is read. */
  readonly after?: string | undefined;
  readonly descending?: boolean;
}

/** Up to `limit` sort keys of a list, in order. */
export async function readNames(
  table: DynamoTable,
  { list, limit, after, descending = false }: ListPart,
): Promise<readonly string[]> {
  const where = after
    ? { expression: descending ? "#sk < :after" : "#sk > :after", values: { ":after": after } as const }
    : undefined;
  const items = await table.query({ pk: list, limit, descending, only: ["sk"], ...(where && { where }) });
  return items.map(({ sk }) => sk);
}

/** Up to `limit` of the items that a list names, in its order. */
export async function readListed(
  table: DynamoTable,
  part: ListPart,
  keyOf: (name: string) => Key,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let { after } = part;
  while (items.length < part.limit) {
    const wanted = part.limit - items.length;
    const names = await readNames(table, { ...part, limit: wanted, after });
    items.push(...(await table.getAll(names.map(keyOf))));
    if (names.length < wanted) break;
    // An item that was deleted in between leaves room for another.
    after = names.at(-1);
  }
  return items;
}
