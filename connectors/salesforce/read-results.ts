import { ConnectorError } from "#sdk";
import type { Connection } from "#sdk";

/** A page of a job's results. */
export interface Results {
  /** How many records it has, where Salesforce says so. */
  readonly records: number | undefined;
  /** The locator of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** The page as it comes. */
  csv(): AsyncGenerator<Uint8Array>;
}

/** A page is read while it is written to the destination, which takes as long as it takes. */
const DEADLINE_MS = 6 * 3_600_000;
const MAX_BYTES = 1024 ** 4;

/** How often in a row a page may break off without a byte more than before. */
const MAX_BREAKS = 5;
const PAUSE_MS = 1000;

/**
 * Asks for a page. The results of a job do not change: where a page breaks off it is asked for again, and what was read of
 * it is passed over.
 */
export async function readResults(connection: Connection, url: URL): Promise<Results> {
  const open = () =>
    connection.send({
      method: "GET",
      url,
      headers: { accept: "text/csv" },
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_BYTES,
    });
  const first = await open();
  const count = first.headers.get("sforce-numberofrecords");
  const locator = first.headers.get("sforce-locator");
  let opened: typeof first | undefined = first;
  return {
    records: count === null ? undefined : Number(count),
    // Behind the last page Salesforce says `null`, as a text.
    next: locator === null || locator === "null" || locator === "" ? undefined : locator,
    async *csv() {
      let received = 0;
      for (let breaks = 0; ;) {
        const before = received;
        const answer = opened ?? (await open());
        opened = undefined;
        let passed = 0;
        try {
          for await (const chunk of answer.body) {
            const isNew = passed + chunk.length > received;
            const fresh = isNew ? chunk.subarray(Math.max(0, received - passed)) : undefined;
            passed += chunk.length;
            if (fresh === undefined) continue;
            received = passed;
            yield fresh;
          }
          return;
        } catch (error) {
          if (!mayPass(error)) throw error;
          breaks = received > before ? 1 : breaks + 1;
          if (breaks > MAX_BREAKS) throw error;
          await connection.wait(PAUSE_MS * breaks);
        }
      }
    },
  };
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof ConnectorError && ["RequestTimeout", "ServiceUnavailable", "ServerError"].includes(error.code)
  );
}
