import type { Terminal } from "./terminal.ts";

/** Prints rows in columns that are as wide as what is in them; nothing stands behind the last of a row. */
export function showTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Pick<Terminal, "print" | "dim">,
): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  terminal.print(terminal.dim(lineOf(head)));
  for (const row of rows) terminal.print(lineOf(row));
}
