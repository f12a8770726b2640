import type { DatabaseSync, SQLInputValue } from "node:sqlite";

/** Copies everything in the database. Answers with what sets it back to that, as restoring a backup does. */
export function backUp(database: DatabaseSync): () => void {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const names = tables.map(({ name }) => String(name)).filter((name) => !name.startsWith("sqlite_"));
  const copies = names.map((name) => ({ name, rows: database.prepare(`SELECT * FROM ${name}`).all() }));
  return () => {
    database.exec("PRAGMA foreign_keys = OFF");
    for (const { name, rows } of copies) {
      database.exec(`DELETE FROM ${name}`);
      for (const row of rows) {
        const columns = Object.keys(row);
        const places = columns.map(() => "?").join(", ");
        const insert = database.prepare(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${places})`);
        insert.run(...(Object.values(row) as SQLInputValue[]));
      }
    }
    database.exec("PRAGMA foreign_keys = ON");
  };
}
