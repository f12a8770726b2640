// Prints `N passed, N failed` from vitest's JSON report: count-tests.mjs <report> <vitest's exit code>.
import { readFileSync } from "node:fs";

const [report, exitCode] = process.argv.slice(2);
const { passed, failed, skipped } = count(report);
if (skipped > 0) console.log(`${skipped} skipped`);
// A run can end badly with no test to blame: an error outside of all tests, a crash, no report at all.
console.log(`${passed} passed, ${exitCode === "0" ? failed : Math.max(failed, 1)} failed`);

function count(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    const unloadable = testResults.filter(
      ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests + unloadable.length,
      skipped: numPendingTests + numTodoTests,
    };
  } catch (error) {
    console.error(`The test report cannot be read: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
