import { type DescribedField, type FoundRecords, refuse } from "./salesforce-data.ts";
import type { Call, Reply } from "./stand-in.ts";

interface Job {
  readonly query: FoundRecords;
  readonly operation: string;
  state: string;
  looks: number;
}

/** Objects that Salesforce does not read by bulk, of which it has some twenty. */
const REFUSED = /^(CaseStatus|TaskStatus|ContractStatus)$/;

/** Query jobs of Bulk API 2.0, as the vendor documents them: results in pages of CSV, with a header in front of each. */
export class BulkJobs {
  readonly jobs = new Map<string, Job>();
  readonly #resultSize: number;
  readonly #looks: number;
  #made = 0;

  constructor(resultSize: number, looks: number) {
    this.#resultSize = resultSize;
    this.#looks = looks;
  }

  create(query: FoundRecords, operation: string): Reply {
    const { object, name, select } = query;
    if (REFUSED.test(name)) {
      return refuse(400, "INVALIDENTITY", `Entity '${name}' is not supported by the Bulk API.`);
    }
    const compound = select.find((field) => /^(address|location)$/.test(typeOf(object.fields, field)));
    if (compound !== undefined) return refuse(400, "API_ERROR", "Selecting compound data not supported in Bulk Query");
    const id = `750xx${String(++this.#made).padStart(10, "0")}AAA`;
    const job: Job = { query, operation, state: "UploadComplete", looks: 0 };
    this.jobs.set(id, job);
    return { body: this.#tell(id, job) };
  }

  answer({ method, url, body }: Call): Reply {
    const [, id = "", results] = /\/jobs\/query\/(\w+)(\/results)?$/.exec(url.pathname) ?? [];
    const job = this.jobs.get(id);
    if (job === undefined) return refuse(404, "NOT_FOUND", "The requested resource does not exist");
    if (results !== undefined) return this.#resultsOf(job, url.searchParams);
    if (method === "DELETE") {
      this.jobs.delete(id);
      return { status: 204 };
    }
    if (method === "PATCH") {
      if (job.state === "JobComplete")
        return refuse(400, "INVALIDJOBSTATE", "Aborting already Completed Job not allowed");
      job.state = (JSON.parse(body) as { readonly state: string }).state;
      return { body: this.#tell(id, job) };
    }
    if (job.state !== "Aborted" && job.state !== "Failed") {
      job.state = job.looks++ < this.#looks ? "InProgress" : "JobComplete";
    }
    return { body: this.#tell(id, job) };
  }

  #tell(id: string, { query, operation, state }: Job): object {
    return {
      id,
      operation,
      object: query.name,
      state,
      concurrencyMode: "Parallel",
      contentType: "CSV",
      apiVersion: 58,
      lineEnding: "LF",
      columnDelimiter: "COMMA",
      ...(state === "JobComplete" && { numberRecordsProcessed: query.found.length, retries: 0 }),
    };
  }

  #resultsOf({ query, state }: Job, parameters: URLSearchParams): Reply {
    if (state !== "JobComplete") return refuse(400, "INVALIDJOBSTATE", "Invalid job state");
    const locator = parameters.get("locator");
    const from = locator === null ? 0 : Number(Buffer.from(locator, "base64").toString());
    const size = Math.min(this.#resultSize, Number(parameters.get("maxRecords") ?? 1000));
    const items = query.found.slice(from, from + size);
    const isLast = from + size >= query.found.length;
    return {
      headers: {
        "content-type": "text/csv; charset=UTF-8",
        "sforce-numberofrecords": String(items.length),
        "sforce-locator": isLast ? "null" : Buffer.from(String(from + size)).toString("base64"),
      },
      body: csvOf(query, items),
    };
  }
}

function typeOf(fields: readonly DescribedField[], name: string): string {
  return fields.find((field) => field.name === name)!.type;
}

/** Every value is in quotes, also one that there is not. */
function csvOf({ object, select }: FoundRecords, items: FoundRecords["found"]): string {
  const types = select.map((name) => typeOf(object.fields, name));
  const lines = items.map((item) =>
    select.map((name, column) => quoted(spelled(item[name] ?? null, types[column]!))).join(","),
  );
  return [select.map(quoted).join(","), ...lines, ""].join("\n");
}

/** Numbers with a fraction have one in any case, unlike those of REST. */
function spelled(value: string | number | boolean | null, type: string): string {
  if (typeof value === "number" && type !== "int" && Number.isInteger(value)) return `${value}.0`;
  return value === null ? "" : String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
