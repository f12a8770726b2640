import { describe, expect, it } from "vitest";
import marketo from "../../../connectors/marketo/index.ts";
import { readTokens } from "../../../src/sdk/auth/token-answer.ts";
import type { BrowseSession, ReadableSource } from "../../../src/sdk/connector.ts";
import type { Dispatch, HttpAnswer } from "../../../src/sdk/http/dispatch.ts";
import { collect } from "../../support/collect.ts";
import { connectTo } from "../../support/saas/connect-to.ts";
import { hasSamples, readSample } from "../../support/samples.ts";

const source = marketo.source as ReadableSource;

interface Answer {
  readonly result: readonly Readonly<Record<string, unknown>>[];
}

/** Answers of Marketo's documentation, which are not part of this repository. */
describe.skipIf(!hasSamples("marketo"))("Marketo, as documented", () => {
  it.each([
    ["adobe_activities_1.json", "deletedleads"],
    ["adobe_activities_2.json", "leadchanges"],
    ["adobe_leads_20.json", "lists"],
  ])("%s: every record comes out, as %s", async (file, object) => {
    const answer = readSample("marketo", file) as Answer;
    const last = { ...answer, moreResult: false, ...(object === "lists" && { nextPageToken: undefined }) };

    const records = await recordsOf(object, answering({ [`/${object}.json`]: last }));

    expect(records).toEqual(answer.result);
  });

  it("the fields of a custom object are described with their types", async () => {
    const sample = readSample("marketo", "adobe_bulk-custom-object-extract_0.json") as Answer;
    const send = answering({ "/describe.json": sample });
    const session: BrowseSession = { ...sessionOf(send), sample: () => Promise.resolve([]) };

    const fields = await source.describe!(session, "customobjects/car_c");

    const given = sample.result[0]!["fields"] as readonly Readonly<Record<string, unknown>>[];
    expect(fields!.map(({ name, label, type }) => ({ name, displayName: label, dataType: type }))).toEqual(
      given.map(({ name, displayName, dataType }) => ({ name, displayName, dataType })),
    );
    expect(fields!.filter(({ source: ability }) => ability?.isTimestamp).map(({ name }) => name)).toEqual([
      "updatedAt",
    ]);
  });

  it("a job is followed from its creation to its file", async () => {
    const statuses = ["adobe_bulk-lead-extract_2.json", "adobe_bulk-lead-extract_3.json", "adobe_bulk-extract_3.json"];
    const looks = statuses.map((file) => readSample("marketo", file));
    const send: Dispatch = (request) => {
      const { pathname } = request.url;
      if (pathname.endsWith("/create.json"))
        return answer(request, readSample("marketo", "adobe_bulk-lead-extract_1.json"));
      if (pathname.endsWith("/status.json")) return answer(request, looks.shift());
      if (pathname.endsWith("/file.json")) return answer(request, "id\n");
      return answer(request, { success: true, result: [{ rest: { name: "id" }, dataType: "integer" }] });
    };
    const window = { after: 1_700_000_000_000, to: 1_700_000_060_000 };
    const query = { settings: { object: "leads" }, fields: undefined, slice: null, cursor: undefined, window };

    const pages = await collect(source.read(sessionOf(send), query));

    const { exportId, fileSize, fileChecksum } = (readSample("marketo", "adobe_bulk-extract_3.json") as Answer)
      .result[0]!;
    expect(pages.at(-1)!.at).toMatchObject({
      file: { exportId: expect.any(String) as unknown, size: fileSize, sha256: String(fileChecksum).slice(7) },
    });
    expect(exportId).toBe((pages.at(-1)!.at as { readonly file: { readonly exportId: string } }).file.exportId);
    expect(looks).toEqual([]);
  });

  it("an error comes with the status 200, and asks for new credentials", async () => {
    const send = answering({ ".json": readSample("marketo", "adobe_error-codes_0.json") });

    await expect(recordsOf("lists", send)).rejects.toThrow(/These credentials stay/);
  });

  it("a token is taken with its life", () => {
    const text = JSON.stringify(readSample("marketo", "adobe_authentication_0.json"));
    const sheet = marketo.profile!.oauth!({ instanceUrl: "https://123-ABC-456.mktorest.com" }, {})!;
    const given = { status: 200, headers: new Headers(), url: sheet.tokenUrl, body: new Blob([]).stream() };

    const tokens = readTokens(sheet, given, text, (words) => words, 0);

    expect(tokens).toMatchObject({ expiresAt: 3_599_000, accessToken: expect.anything() as unknown });
    expect(sheet.tokenUrl.href).toBe("https://123-abc-456.mktorest.com/identity/oauth/token");
  });
});

function answer({ url }: { readonly url: URL }, body: unknown): Promise<HttpAnswer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return Promise.resolve({ status: 200, headers: new Headers(), url, body: new Blob([text]).stream() });
}

/** Answers by how a path ends; with a token to whoever asks for one. */
function answering(answers: Readonly<Record<string, unknown>>): Dispatch {
  return (request) => {
    const found = Object.entries(answers).find(([end]) => request.url.pathname.endsWith(end));
    return answer(request, found?.[1] ?? { success: true, nextPageToken: "token", result: [] });
  };
}

function sessionOf(send: Dispatch) {
  const properties = { instanceUrl: "https://123-ABC-456.mktorest.com" };
  return connectTo(marketo, { properties, credentials: { accessToken: "token" }, send });
}

async function recordsOf(object: string, send: Dispatch): Promise<unknown[]> {
  const window = { after: 1_000_000_000_000, to: 1_900_000_000_000 };
  const query = { settings: { object }, fields: undefined, slice: null, cursor: undefined, window };
  const records: unknown[] = [];
  for await (const page of source.read(sessionOf(send), query)) {
    const bytes = "body" in page ? Buffer.concat(await collect(page.body.stream())) : Buffer.from("[]");
    records.push(...(JSON.parse(bytes.toString()) as unknown[]));
  }
  return records;
}
