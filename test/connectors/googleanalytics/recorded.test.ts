import { describe, expect, it } from "vitest";
import googleAnalytics from "../../../connectors/googleanalytics/index.ts";
import type { BrowseSession, ReadableSource, SourceQuery } from "../../../src/sdk/connector.ts";
import type { Dispatch } from "../../../src/sdk/http/dispatch.ts";
import { collect } from "../../support/collect.ts";
import { connectTo } from "../../support/saas/connect-to.ts";
import { hasSamples, readSample } from "../../support/samples.ts";

const source = googleAnalytics.source as ReadableSource;
const FIELDS = ["date", "country", "activeUsers", "totalRevenue"];

type Sample = Readonly<Record<string, unknown>>;

/** Real answers, and such as are written after Google's documentation; they are not part of this repository. */
describe.skipIf(!hasSamples("googleanalytics"))("Google Analytics, as recorded", () => {
  it("every dimension and metric of the recorded metadata is described, with its type", async () => {
    const metadata = recording("nango_get-metadata.test.json");
    const session: BrowseSession = { ...sessionOf([metadata, metadata]), sample: () => Promise.resolve([]) };

    const fields = await source.describe!(session, "properties/1");
    const types = await source.fields!(session, { object: "properties/1" });

    const names = ["dimensions", "metrics"]
      .flatMap((kind) => metadata[kind] as readonly Sample[])
      .map(({ apiName }) => apiName);
    const own = (list: readonly { readonly name: string }[]) =>
      list.map(({ name }) => name).filter((name) => !name.startsWith("report:"));
    expect(names).toHaveLength(375 + 86);
    expect(own(fields!)).toEqual(names);
    expect(own(types!)).toEqual(names);
    expect(types!.filter(({ type }) => type?.name === "int64")).toHaveLength(39);
    expect(types!.filter(({ type }) => type?.name === "double")).toHaveLength(86 - 39);
  });

  it("two pages of a report: every row comes out, with (other) where it was cut", async () => {
    const pages = ["own_run-report_page1.json", "own_run-report_page2.json"].map((file) => sample(file));

    const records = await recordsOf([METADATA, ...pages], [...FIELDS, "report:hasOtherRow"]);

    expect(records).toEqual([
      { date: "2026-05-01", country: "Poland", activeUsers: "17", totalRevenue: "120.5", "report:hasOtherRow": false },
      { date: "2026-05-01", country: "Spain", activeUsers: "3", totalRevenue: "0", "report:hasOtherRow": false },
      { date: "2026-05-02", country: "(other)", activeUsers: "5", totalRevenue: "7.25", "report:hasOtherRow": true },
    ]);
  });

  it("sampled and thresholded: is told", async () => {
    const answers = [METADATA, sample("own_run-report_sampled-thresholded.json")];

    expect(await recordsOf(answers, [...FIELDS, "report:isSampled", "report:isThresholded"])).toMatchObject([
      { activeUsers: "1200000", "report:isSampled": true, "report:isThresholded": true },
    ]);
  });

  it.each(["own_run-report_empty.json", "nango_run-report.test.json"])("%s: has no rows", async (file) => {
    const answer = file.startsWith("own") ? sample(file) : recording(file);

    expect(await recordsOf([METADATA, answer], FIELDS)).toEqual([]);
  });

  it("the recorded realtime report has no rows", async () => {
    const settings = { object: "properties/1/realtime" };

    expect(await recordsOf([recording("nango_run-realtime-report.test.json")], ["activeUsers"], { settings })).toEqual(
      [],
    );
  });

  it.each([
    ["own_error_400-incompatible.json", 400, "ClientError"],
    ["own_error_403-property.json", 403, "AccessDenied"],
    ["own_error_429-project-hour.json", 429, "RateLimitExceeded"],
  ])("%s", async (file, status, code) => {
    const send: Dispatch = ({ url }) => answerOf(url, sample(file), status);

    await expect(recordsOf(send, FIELDS)).rejects.toMatchObject({ code });
  });
});

const METADATA = {
  dimensions: [{ apiName: "date" }, { apiName: "country" }],
  metrics: [{ apiName: "activeUsers" }, { apiName: "totalRevenue" }],
};

function sample(file: string): Sample {
  return readSample("googleanalytics", file) as Sample;
}

interface Recording {
  readonly api: Readonly<Record<string, Readonly<Record<string, { readonly response: Sample }>>>>;
}

function recording(file: string): Sample {
  const { api } = readSample("googleanalytics", file) as Recording;
  return Object.values(Object.values(api)[0]!)[0]!.response;
}

function answerOf(url: URL, answer: unknown, status = 200) {
  const body = new Blob([JSON.stringify(answer)]).stream();
  return Promise.resolve({ status, headers: new Headers(), url, body });
}

function sessionOf(answers: readonly Sample[] | Dispatch) {
  const left = typeof answers === "function" ? [] : [...answers];
  const send: Dispatch = typeof answers === "function" ? answers : ({ url }) => answerOf(url, left.shift() ?? {});
  return connectTo(googleAnalytics, { properties: {}, credentials: { accessToken: "token" }, send });
}

async function recordsOf(
  answers: readonly Sample[] | Dispatch,
  fields: readonly string[],
  changes: Partial<SourceQuery> = {},
): Promise<Sample[]> {
  const window = { after: Date.UTC(2026, 3, 30), to: Date.UTC(2026, 4, 1) };
  const query = { settings: { object: "properties/1" }, fields, slice: null, cursor: undefined, window, ...changes };
  const records: Sample[] = [];
  for await (const page of source.read(sessionOf(answers), query)) {
    const bytes = "body" in page ? Buffer.concat(await collect(page.body.stream())) : Buffer.from("[]");
    records.push(...(JSON.parse(bytes.toString()) as Sample[]));
  }
  return records;
}
