import { DuckDBInstance } from "@duckdb/node-api";
import { jobSql } from "../job.ts";
import type { Format } from "../job.ts";
import { measure } from "./measure.ts";

// node bench/runners/duckdb.ts <from> <to> <input> <output>
const [from, to, input, output] = process.argv.slice(2) as [Format, Format, string, string];

await measure(async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const result = await connection.run(jobSql(from, to, input, output));
  return result.rowsChanged;
});
