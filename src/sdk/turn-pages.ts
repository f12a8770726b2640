import { ConnectorError } from "./connector-error.ts";
import type { BytesPage, Page, RecordsPage } from "./connector.ts";
import type { Json } from "./json.ts";

/** A page that was read, and where to go on after it; null for "nothing left". */
export type TurnedPage = Omit<BytesPage, "at"> | Omit<RecordsPage, "at">;

/** More of one slice is a source that goes round in circles. */
const MAX_PAGES = 100_000;

/**
 * The pages from a cursor on, each of which says where the next one is: what every way of paging has in common. A system
 * that gives the same place twice would be read for ever, so this fails with `ClientError`.
 */
export async function* turnPages<Cursor extends Json>(
  from: Cursor,
  read: (cursor: Cursor) => Promise<TurnedPage>,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  for (let cursor = from; ;) {
    const place = JSON.stringify(cursor);
    if (seen.has(place) || seen.size === MAX_PAGES) throw goesRound(seen.size);
    seen.add(place);
    const page = await read(cursor);
    yield "body" in page ? { ...page, isPiece: true, at: cursor } : { ...page, at: cursor };
    if (page.next === null) return;
    cursor = page.next as Cursor;
  }
}

function goesRound(pages: number): ConnectorError {
  return new ConnectorError(
    "ClientError",
    `The system goes round in circles: after ${pages} pages, a page comes again`,
  );
}
