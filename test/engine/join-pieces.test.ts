import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClosedFile } from "../../src/engine/closed-file.ts";
import { joinPieces } from "../../src/engine/join-pieces.ts";
import type { JoinIo } from "../../src/engine/join-pieces.ts";
import { RunCancelled } from "../../src/engine/run-failure.ts";
import { LineDigest } from "../../src/formats/line-digest.ts";
import type { PlannedOutput } from "../../src/plan/run-plan.ts";
import { MIN_PART_BYTES } from "../../src/sdk/object-store.ts";
import type { CopiedRange, Upload, UploadedPart } from "../../src/sdk/object-store.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

const KIB = 1024;
const PLACE = { bucket: "out", key: "joined" };

describe("joinPieces", () => {
  const size = fc.oneof(
    fc.integer({ min: 20, max: 200 }),
    fc.integer({ min: -40, max: 40 }).map((beyond) => MIN_PART_BYTES + beyond),
    fc.integer({ min: 1, max: 12_000 * KIB }),
  );

  for (const format of ["json", "csv"] as const) {
    it(`gives the bytes of the pieces, whatever is copied: ${format}`, { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 6 }), fc.boolean(), async (sizes, copies) => {
          const store = new CopyingStore(copies);
          const pieces: ClosedFile[] = [];
          for (const [i, bytes] of sizes.entries()) pieces.push(await putPiece(store, format, i, bytes));

          const file = await joinPieces(pieces, PLACE, outputOf(format), ioOf(store));

          const header = format === "csv" ? 'id,"a b\n"\n'.length : 0;
          const wanted = pieces.map(({ upload: { key } }, i) => store.bytes("in", key).subarray(i === 0 ? 0 : header));
          // Completing fails when a part other than the last is too small.
          await store.completeUpload(file.upload, file.parts);
          expect(Buffer.compare(store.bytes("out", "joined"), Buffer.concat(wanted))).toBe(0);
          expect(file).toMatchObject({
            bytes: store.bytes("out", "joined").length,
            sha256: createHash("sha256").update(store.bytes("out", "joined")).digest("hex"),
            records: pieces.reduce((sum, { records }) => sum + records, 0),
          });
          if (copies && sizes.some((bytes) => bytes >= 2 * MIN_PART_BYTES)) expect(store.copied).toBeGreaterThan(0);
        }),
        { numRuns: 12 },
      );
    });
  }

  it("sends only what is too small for a part, where the store copies", async () => {
    const store = new CopyingStore(true);
    const pieces = [];
    for (let i = 0; i < 3; i++) pieces.push(await putPiece(store, "json", i, 12_000 * KIB));

    await joinPieces(pieces, PLACE, outputOf("json"), ioOf(store));

    expect(store.sent).toBe(0);
    expect(store.copied).toBe(pieces.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("throws away what it has written when it is cancelled, or a piece is another by then", async () => {
    const failures = [
      { io: { signal: AbortSignal.abort() }, error: new RunCancelled() },
      { io: {}, change: true, error: /ended after 3 of/ },
    ];
    for (const { io, change = false, error } of failures) {
      const store = new CopyingStore(true);
      const pieces = [await putPiece(store, "json", 0, 100), await putPiece(store, "json", 1, 12_000 * KIB)];
      if (change) await store.put("in", "1", Buffer.from("{}\n"));

      await expect(joinPieces(pieces, PLACE, outputOf("json"), { ...ioOf(store), ...io })).rejects.toThrow(error);

      expect(store.openUploads()).toEqual([]);
    }
  });
});

function ioOf(objects: MemoryObjectStore): JoinIo {
  return { objects, signal: new AbortController().signal, progress: () => Promise.resolve() };
}

function outputOf(format: "json" | "csv"): PlannedOutput {
  const layout = { datePath: false, granularity: undefined, schemaVersionFolder: false, executionFolder: false };
  const target = { bucket: "out", prefix: "", format, typed: false, layout, targetFileBytes: undefined };
  const fields = ["id", "a b\n"].map((name) => ({ name, type: { name: "string" } as const }));
  return {
    target: { ...target, aggregation: "single-file" },
    fields: format === "csv" ? fields : undefined,
    errors: undefined,
    failOnFirstError: false,
  };
}

/** A whole file of about that many bytes. */
async function putPiece(
  store: MemoryObjectStore,
  format: "json" | "csv",
  number: number,
  bytes: number,
): Promise<ClosedFile> {
  const line = (i: number) => `{"id":${number}${i},"text":"${"x".repeat((i * 37) % 997)}"}\n`;
  const lines: string[] = format === "csv" ? ['id,"a b\n"\n'] : [];
  for (let i = 0, length = 0; length < bytes; i++) length += lines[lines.push(line(i)) - 1]!.length;
  const body = Buffer.from(lines.join(""));
  const digest = new LineDigest(format);
  digest.addBytes(body);
  const { records, digest: recordDigest } = digest.finish();
  await store.put("in", String(number), body);
  const upload = { bucket: "in", key: String(number), uploadId: "" };
  return { upload, parts: [], records, recordDigest, bytes: body.length, sha256: "", partition: [] };
}

/** A store that counts the bytes that it copies, and those that are sent to it; it need not be able to copy. */
class CopyingStore extends MemoryObjectStore {
  copied = 0;
  sent = 0;
  readonly #copies: boolean;

  constructor(copies: boolean) {
    super(["in", "out"]);
    this.#copies = copies;
  }

  override async uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    this.sent += body.length;
    return super.uploadPart(upload, number, body);
  }

  override async copyPart(upload: Upload, number: number, range: CopiedRange): Promise<UploadedPart | undefined> {
    if (!this.#copies) return undefined;
    this.copied += range.to - range.from;
    this.sent -= range.to - range.from;
    return super.copyPart(upload, number, range);
  }
}
