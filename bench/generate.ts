import { once } from "node:events";
import { createWriteStream } from "node:fs";

/*
 * Account-like records of 26 fields: Unicode, quotes, commas, newlines, nulls, a nested object. About 880 bytes each as
 * JSON. The same number always gives the same file.
 */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const COMPANIES = [
  "Nordlicht",
  "Müller & Söhne",
  "Société Lumière",
  "Ångbåt",
  "Kowalski",
  "Łódka",
  "Контора",
  "東京商事",
  "Río Claro",
  "Blue Heron",
  "Fjord",
  "Quartz",
  "Meridian",
  "Ouro Preto",
  "Zephyr",
];
const KINDS = [
  "Logistics",
  "Foods",
  "Energy",
  "Retail",
  "Bau",
  "Électronique",
  "Media",
  "Health",
  "Capital",
  "Shipping",
  "Textiles",
];
const ENDINGS = [", Inc.", " GmbH", " S.A.", " Ltd", ", LLC", " & Co. KG", ' "The First"', " AG", "", "", ""];
const CITIES = [
  "Berlin",
  "München",
  "New York",
  "São Paulo",
  "Zürich",
  "東京",
  "Paris",
  "London",
  "Kraków",
  "Washington, D.C.",
  "Reykjavík",
  "Dublin",
  "Québec",
  "Malmö",
  "Bogotá",
  "Austin",
];
const COUNTRIES = [
  "Germany",
  "United States",
  "Brazil",
  "Switzerland",
  "Japan",
  "France",
  "United Kingdom",
  "Poland",
  "Iceland",
  "Ireland",
  "Canada",
  "Sweden",
  "Colombia",
  "Côte d'Ivoire",
];
const TYPES = [
  "Prospect",
  "Customer - Direct",
  "Customer - Channel",
  "Channel Partner / Reseller",
  "Installation Partner",
  "Technology Partner",
  "Other",
];
const INDUSTRIES = [
  "Agriculture",
  "Apparel",
  "Banking",
  "Biotechnology",
  "Chemicals",
  "Construction",
  "Education",
  "Energy",
  "Engineering",
  "Finance",
  "Food & Beverage",
  "Healthcare",
  "Insurance",
  "Media",
  "Retail",
  "Technology",
];
const WORDS =
  'our contract ended in spring and was renewed by post; the buyer wrote "please call" twice — naïve façade Straße große Verträge forecast quarter budget approved pending review signed waiting for the order 100% done 日本語 テスト 🚀 note: follow up next week with the team'.split(
    " ",
  );

export const FIELDS = [
  "Id",
  "Name",
  "Type",
  "Industry",
  "AnnualRevenue",
  "NumberOfEmployees",
  "Phone",
  "Website",
  "BillingStreet",
  "BillingCity",
  "BillingState",
  "BillingPostalCode",
  "BillingCountry",
  "BillingLatitude",
  "BillingLongitude",
  "Description",
  "OwnerId",
  "IsDeleted",
  "IsActive__c",
  "CreatedDate",
  "LastModifiedDate",
  "LastActivityDate",
  "Amount__c",
  "Tax__c",
  "TaxId__c",
  "Owner",
] as const;

type Account = Record<(typeof FIELDS)[number], string | number | boolean | object | null>;

/** Writes the records as JSON lines and as CSV. */
export async function generateAccounts(records: number, jsonPath: string, csvPath: string): Promise<void> {
  const json = createWriteStream(jsonPath);
  const csv = createWriteStream(csvPath);
  const account = accountMaker(20_260_801);
  csv.write(`${FIELDS.join(",")}\n`);
  for (let done = 0; done < records;) {
    const lines: string[] = [];
    const rows: string[] = [];
    for (const end = Math.min(done + 2000, records); done < end; done++) {
      const record = account();
      lines.push(JSON.stringify(record));
      rows.push(FIELDS.map((field) => csvCell(record[field])).join(","));
    }
    await Promise.all([write(json, lines), write(csv, rows)]);
  }
  await Promise.all([finished(json), finished(csv)]);
}

async function write(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  if (!stream.write(`${lines.join("\n")}\n`)) await once(stream, "drain");
}

function finished(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.end(resolve);
  });
}

function accountMaker(seed: number): () => Account {
  const random = mulberry32(seed);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const chance = (p: number) => random() < p;
  const text = (n: number) => Array.from({ length: n }, () => LETTERS[below(62)]).join("");
  const digits = (n: number) => Array.from({ length: n }, () => below(10)).join("");
  const decimals = (max: number, places: number) => Math.round(random() * max * 10 ** places) / 10 ** places;
  const first = Date.UTC(2017, 0, 1);
  const instant = () => first + below(252_460_800) * 1000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const sentence = (n: number) => {
    let words = pick(WORDS);
    for (let i = 1; i < n; i++) words += (chance(0.03) ? "\n" : " ") + pick(WORDS);
    return words;
  };
  return () => {
    const created = instant();
    return {
      Id: `001${text(15)}`,
      Name: `${pick(COMPANIES)} ${pick(KINDS)}${pick(ENDINGS)}`,
      Type: chance(0.1) ? null : pick(TYPES),
      Industry: chance(0.05) ? null : pick(INDUSTRIES),
      AnnualRevenue: chance(0.2) ? null : decimals(5e8, 2),
      NumberOfEmployees: chance(0.15) ? null : below(50_000),
      Phone: chance(0.1) ? null : `+${1 + below(98)} ${digits(3)} ${digits(7)}`,
      Website: chance(0.3) ? null : `https://www.${text(8).toLowerCase()}.example.com/`,
      BillingStreet: `${1 + below(999)} ${pick(COMPANIES)} Street${chance(0.2) ? `\nSuite ${below(900)}` : ""}`,
      BillingCity: pick(CITIES),
      BillingState: chance(0.5) ? null : text(2).toUpperCase(),
      BillingPostalCode: digits(5),
      BillingCountry: pick(COUNTRIES),
      BillingLatitude: decimals(180, 6) - 90,
      BillingLongitude: decimals(360, 6) - 180,
      Description: chance(0.25) ? null : sentence(4 + below(28)),
      OwnerId: `005${text(15)}`,
      IsDeleted: chance(0.02),
      IsActive__c: chance(0.8),
      CreatedDate: iso(created),
      LastModifiedDate: iso(created + below(1_000_000) * 1000),
      LastActivityDate: chance(0.4) ? null : iso(instant()).slice(0, 10),
      Amount__c: decimals(10_000, 2),
      Tax__c: chance(0.05) ? null : decimals(2000, 2),
      TaxId__c: chance(0.08) ? null : pick(["DE", "FR", "GB", "US", "JP"]) + digits(9 + below(6)),
      Owner: {
        Id: `005${text(15)}`,
        Name: `${pick(COMPANIES)} ${pick(KINDS)}`,
        Email: `${text(6).toLowerCase()}@example.com`,
        Level: below(5),
      },
    };
  };
}

/** A small generator with a 32-bit state (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function csvCell(value: unknown): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
