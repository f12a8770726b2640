import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const DATA = join(import.meta.dirname, "..", "..", "node_modules", "vega-datasets", "data");

/** Puts the real files where the flows read them. The originals are never touched. */
export async function prepareInput(bucket: string): Promise<void> {
  await copyAs("airports.csv", bucket, "airports");
  await copyAs("movies.json", bucket, "films");
  await copyAs("flights-3m.parquet", bucket, "flights-parquet");
  for (const size of ["2k", "5k", "10k", "20k"]) await copyAs(`flights-${size}.json`, bucket, "flights-json");
  await copyDamaged(bucket);
}

async function copyAs(file: string, bucket: string, folder: string): Promise<void> {
  await mkdir(join(bucket, folder), { recursive: true });
  await copyFile(join(DATA, file), join(bucket, folder, file));
}

/** Real zip codes, with the damage that exports suffer: a cut line, a cell too many, bytes in another encoding, a stray quote. */
async function copyDamaged(bucket: string): Promise<void> {
  const lines = (await readFile(join(DATA, "zipcodes.csv"), "latin1")).split("\n");
  lines[100] = lines[100]!.slice(0, 12);
  lines[2000] += ",unexpected";
  lines[30_000] = lines[30_000]!.replace(/[A-Z][a-z]+/, "M\xfcnster");
  lines[40_000] = lines[40_000]!.replace(/,([A-Z])/, ',"$1');
  await mkdir(join(bucket, "zipcodes"), { recursive: true });
  await writeFile(join(bucket, "zipcodes", "zipcodes.csv"), lines.join("\n"), "latin1");
}
