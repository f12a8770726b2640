import { describe, expect, it } from "vitest";
import salesforce from "../../../connectors/salesforce/index.ts";
import type { ReadableSource } from "../../../src/sdk/connector.ts";
import { collect } from "../../support/collect.ts";
import { connectTo } from "../../support/saas/connect-to.ts";
import { hasSamples, readSample } from "../../support/samples.ts";

const source = salesforce.source as ReadableSource;

type Sample = Readonly<Record<string, unknown>>;

// Real answers, which are not part of this repository.
describe.skipIf(!hasSamples("salesforce"))("Salesforce, as recorded", () => {
  it.each([
    ["nango_query-records.test.json", "output"],
    ["nango_records-by-soql.test.json", "api", "get", "/services/data/v59.0/query", "response"],
    ["nango_retrieve-query-more.test.json", "output"],
  ])("%s: every record comes out, and no attributes", async (file, ...path) => {
    let answer = readSample("salesforce", file) as Sample;
    for (const name of path) answer = answer[name] as Sample;
    const given = answer["records"] as readonly Sample[];

    expect(await read(given[0]!, { ...answer, done: true })).toEqual(given.map(withoutAttributes));
  });

  it("nango_get-record.test.json: a whole account comes out, with its addresses, and instants in UTC", async () => {
    const sample = readSample("salesforce", "nango_get-record.test.json") as Sample;
    const record = withoutAttributes(sample["output"] as Sample);

    const [read1] = await read(record, { totalSize: 1, done: true, records: [record] });

    const given = Object.entries(record).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replace(/^(\d{4}-.*)\+0000$/, "$1Z") : value,
    ]);
    expect(given.length).toBeGreaterThan(60);
    expect(read1).toEqual(Object.fromEntries(given));
  });
});

/** What comes out of an answer with that record in it, whose fields are described by what they look like. */
async function read(record: Sample, answer: Sample): Promise<readonly unknown[]> {
  const fields = Object.entries(record).map(([name, value]) => ({
    name,
    type: typeLike(value),
    filterable: true,
    sortable: true,
  }));
  const send = async ({ url }: { readonly url: URL }) => {
    const body = JSON.stringify(url.pathname.endsWith("/describe") ? { name: "Account", fields } : answer);
    return Promise.resolve({ status: 200, headers: new Headers(), url, body: new Blob([body]).stream() });
  };
  const properties = { instanceUrl: "https://acme.my.salesforce.com" };
  const session = connectTo(salesforce, { properties, credentials: { accessToken: "t" }, send });
  const query = { settings: { object: "Account" }, fields: undefined, slice: null, cursor: undefined };
  const records: unknown[] = [];
  for await (const page of source.read(session, query)) {
    const chunks = "body" in page ? await collect(page.body.stream()) : [];
    records.push(...(JSON.parse(Buffer.concat(chunks).toString()) as unknown[]));
  }
  return records;
}

function withoutAttributes(record: Sample): Sample {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== "attributes"));
}

function typeLike(value: unknown): string {
  if (typeof value === "number") return "double";
  if (typeof value === "object" && value !== null) return "address";
  return typeof value === "string" && /^\d{4}-.*\+0000$/.test(value) ? "datetime" : "string";
}
