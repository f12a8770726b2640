import { bufferSource, ConnectorError, earliestTime, namedBy, readJson, scalarText, turnPages } from "#sdk";
import type { ReadableSource, Session, SourceQuery, TurnedPage } from "#sdk";
import { CHANGED, checkObject, describe, entities } from "./entities.ts";

/** The most that one answer has: https://developer.acme.example/pagination */
const PAGE_SIZE = 100;

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled"],
  minimumMinutes: 1,
  check: checkObject,
  describeObject: namedBy("acme"),
  entities,
  describe,

  incremental: {
    // Acme says nothing about how late it shows a change.
    lagMs: 60_000,
    lookbackMs: 10 * 60_000,
    versions(_, timeField = CHANGED) {
      if (timeField === CHANGED) return { key: "id", version: CHANGED, time: CHANGED };
      throw new ConnectorError("InvalidArgument", `\`${timeField}\` does not tell what is new — name \`${CHANGED}\``);
    },
  },

  read: (session, query) => {
    const from = (query.cursor as Cursor | undefined) ?? {};
    return turnPages<Cursor>(from, (cursor) => readPage(session, query, cursor));
  },
};

type Cursor = {
  /** Where the system said to go on. */
  readonly after?: string;
};

async function readPage({ connection }: Session, query: SourceQuery, { after }: Cursor): Promise<TurnedPage> {
  const url = connection.url(`/v1/${scalarText(query.settings["object"])}`);
  url.searchParams.set("limit", String(PAGE_SIZE));
  if (after !== undefined) url.searchParams.set("after", after);
  const since = earliestChange(query);
  if (since > 0) url.searchParams.set("updated_since", new Date(since).toISOString());
  const body = await connection.ask({ method: "GET", url }, readJson);
  const { start, end } = body.records("data");
  const next = body.text("next");
  return {
    body: bufferSource(url.href, body.bytes.subarray(start, end)),
    format: { type: "json" },
    next: next === undefined ? null : { after: next },
  };
}

/** No record that is wanted was changed before; `updated_since` gives what was changed then, too. */
function earliestChange({ window, filters = [] }: SourceQuery): number {
  return Math.max(0, window?.after ?? 0, earliestTime(filters, CHANGED) ?? 0);
}
