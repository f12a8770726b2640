import { styleText } from "node:util";
import type { RunCounts } from "../plan/run-counts.ts";

/** Where a command prints: results to stdout, everything else to stderr. */
export interface Terminal {
  /** A result. */
  print(line: string): void;
  /** A word to the person in front of it. */
  note(line: string): void;
  /** Replaces the progress line; does nothing unless stderr is a terminal. */
  progress(line: string): void;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** Colours and the progress line appear on a terminal only; `NO_COLOR` and `FORCE_COLOR` are honoured. */
export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  const live = stderr.isTTY;
  let shown = false;
  const clear = () => {
    if (shown) stderr.write("\r\u001b[2K");
    shown = false;
  };
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { stream: stdout, validateStream: true });
  return {
    print(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    note(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!live) return;
      clear();
      stderr.write(line.slice(0, (stderr.columns || 80) - 1));
      shown = true;
    },
    bold: style("bold"),
    dim: style("dim"),
    red: style("red"),
    green: style("green"),
  };
}

/** `1,234,567 records · 89.0 MB · 456,789 records/s`. */
export function describeProgress(counts: RunCounts, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? Math.round((counts.read * 1000) / elapsedMs) : 0;
  return `${formatCount(counts.read)} records · ${formatBytes(counts.bytesRead)} read · ${formatCount(rate)} records/s`;
}

/** How the books of one destination stand: `1,000 read = 900 written + 90 filtered + 10 rejected`. */
export function describeBalance(counts: RunCounts, destination: number): string {
  const { written, rejected } = counts.destinations[destination] ?? { written: 0, rejected: 0 };
  const all = [written, counts.filtered, counts.rejected + rejected].map(formatCount);
  return `${formatCount(counts.read)} read = ${all[0]} written + ${all[1]} filtered + ${all[2]} rejected`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Decimal units, one digit after the point. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}
