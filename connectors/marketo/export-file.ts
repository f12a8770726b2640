import { createHash } from "node:crypto";
import { ConnectorError } from "#sdk";
import type { ByteSource, Session } from "#sdk";
import { cleanCsv } from "./clean-csv.ts";

/** A plain JSON value: it is stored. */
export type ExportFile = {
  readonly exportId: string;
  /** In bytes; absent where the job did not tell. */
  readonly size?: number;
  /** In hexadecimal. */
  readonly sha256?: string;
};

/** Of one file: https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-extract/bulk-extract */
const MAX_BYTES = 1024 ** 3 + 1024;
const DEADLINE_MS = 2 * 60 * 60 * 1000;

/** How often a download goes on where it broke off without having got any further. */
const MAX_STANDSTILLS = 5;
const PAUSE_MS = 5000;

/**
 * The records of an export that is done. It is always read from its start, so that all of it is compared with the checksum; it
 * stays in Marketo for days, and downloads count for nothing but a call.
 */
export function exportFile(session: Session, url: URL, file: ExportFile): ByteSource {
  return {
    name: url.href,
    size: undefined,
    stream: (from = 0) => skipBytes(cleanCsv(download(session, url, file)), from),
    read: () => Promise.reject(new RangeError(`${url.href} can only be read from its start on.`)),
  };
}

/** The bytes of the file. A download that breaks off goes on where it stands. Fails where they are not those of the checksum. */
async function* download(session: Session, url: URL, { size, sha256 }: ExportFile): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let at = 0;
  for (let standstills = 0; ;) {
    const before = at;
    try {
      for await (const chunk of await open(session, url, at)) {
        hash.update(chunk);
        at += chunk.length;
        yield chunk;
      }
      if (size === undefined || at >= size) break;
      throw new ConnectorError("ServerError", `${url.href} ended after ${at} of ${size} bytes`);
    } catch (error) {
      standstills = at === before ? standstills + 1 : 0;
      if (!mayGoOn(error) || standstills === MAX_STANDSTILLS) throw error;
      await session.connection.wait(PAUSE_MS);
    }
  }
  const isWhole = (size ?? at) === at && (sha256 === undefined || hash.digest("hex") === sha256);
  if (!isWhole) throw new ConnectorError("ServerError", `${url.href} gave other bytes than the export's checksum says`);
}

function mayGoOn(error: unknown): boolean {
  return (
    error instanceof ConnectorError && ["ServiceUnavailable", "ServerError", "RequestTimeout"].includes(error.code)
  );
}

async function open({ connection }: Session, url: URL, from: number): Promise<AsyncIterable<Uint8Array>> {
  const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
  const limits = { maxBytes: MAX_BYTES, deadlineMs: DEADLINE_MS };
  const { status, body } = await connection.send({ method: "GET", url, headers, ...limits });
  // Whoever does not know ranges answers with all of it.
  return status === 206 ? body : skipBytes(body, from);
}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}
