/** The ids of the records in a data file or an error file, one a line. */
export function idsIn(body: Buffer): readonly number[] {
  const lines = body.toString().split("\n");
  return lines.filter((line) => line !== "").map((line) => Number(/\\?"id\\?":(\d+)/.exec(line)![1]));
}
