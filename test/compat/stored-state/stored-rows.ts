import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { TABLE } from "../../../src/adapters/aws/table.ts";

/** Everything in a database, as JSON: bytes are `{"base64": "…"}`. */
export interface StoredRows {
  readonly version: number;
  readonly schema: readonly string[];
  readonly rows: Readonly<Record<string, readonly (readonly unknown[])[]>>;
}

export function readRows(database: DatabaseSync): StoredRows {
  const made = database.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").all();
  const tables = made.filter(({ type }) => type === "table").map(({ name }) => String(name));
  return {
    version: Number(database.prepare("PRAGMA user_version").get()!["user_version"]),
    schema: made.map(({ sql }) => String(sql)),
    rows: Object.fromEntries(
      tables.map((table) => [
        table,
        database
          .prepare(`SELECT * FROM ${table}`)
          .all()
          .map((row) => Object.values(row).map(packed)),
      ]),
    ),
  };
}

/** Makes a database of what was read, in an empty one. */
export function writeRows(database: DatabaseSync, { version, schema, rows }: StoredRows): void {
  database.exec("PRAGMA foreign_keys = OFF");
  for (const sql of schema) database.exec(sql);
  for (const [table, all] of Object.entries(rows)) {
    for (const row of all) {
      const values = row.map((value) => unpacked(value) as SQLInputValue);
      database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`).run(...values);
    }
  }
  database.exec(`PRAGMA user_version = ${version}`);
}

/** Items as DynamoDB's own JSON has them, but for bytes. */
export type StoredItems = readonly Readonly<Record<string, unknown>>[];

export async function readItems(endpoint: string, TableName: string): Promise<StoredItems> {
  const client = tableClient(endpoint);
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName }));
  client.destroy();
  return JSON.parse(JSON.stringify(items, (_, value: unknown) => packed(value))) as StoredItems;
}

/** Makes a table of these items. */
export async function writeItems(endpoint: string, TableName: string, items: StoredItems): Promise<void> {
  const client = tableClient(endpoint);
  const { AttributeDefinitions, KeySchema, BillingMode } = TABLE;
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [...AttributeDefinitions],
      KeySchema: [...KeySchema],
      BillingMode,
    }),
  );
  for (const item of items) {
    const Item = JSON.parse(JSON.stringify(item), (_, value: unknown) => unpacked(value)) as Record<
      string,
      AttributeValue
    >;
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  client.destroy();
}

function tableClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new DynamoDBClient({ region: "eu-west-1", endpoint, credentials });
}

function packed(value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
}

function unpacked(value: unknown): unknown {
  const bytes = (value as { readonly base64?: unknown } | null)?.base64;
  return typeof bytes === "string" ? Buffer.from(bytes, "base64") : value;
}
