import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "millrace-count-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GREEN = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const UNLOADABLE = { status: "failed", assertionResults: [] };

it.each([
  ["counts passed and failed tests", { ...GREEN, numFailedTests: 2 }, 1, "3 passed, 2 failed"],
  ["shows skipped tests before the counts", { ...GREEN, numPendingTests: 4 }, 0, "4 skipped\n3 passed, 0 failed"],
  [
    "counts a file that cannot be loaded as a failure",
    { ...GREEN, testResults: [UNLOADABLE] },
    1,
    "3 passed, 1 failed",
  ],
  ["never says that nothing failed when the run did", GREEN, 1, "3 passed, 1 failed"],
  ["counts a missing report as a failure", undefined, 0, "0 passed, 1 failed"],
])("%s", (_name, report, exitCode, closing) => {
  const file = join(folder, report === undefined ? "missing.json" : "report.json");
  if (report !== undefined) writeFileSync(file, JSON.stringify(report));

  const script = join(import.meta.dirname, "../../scripts/count-tests.mjs");
  const output = execFileSync(process.execPath, [script, file, String(exitCode)], { encoding: "utf8", stdio: "pipe" });

  expect(output).toBe(`${closing}\n`);
});
