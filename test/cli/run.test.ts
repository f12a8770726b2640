import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
  await mkdir(join(folder, "in", "orders"), { recursive: true });
  await writeFile(join(folder, "in", "orders", "1.csv"), "id,total,note\n1,10.50,first\n2,,second\n3,7,third\n");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("millrace run", () => {
  it("runs a flow once and says where the records are and how the books balance", async () => {
    const { code, stdout } = await millrace(["run", await flowFile(), ...buckets()]);

    expect(code).toBe(0);
    expect(stdout).toContain("orders: successful");
    expect(stdout).toContain("3 read = 2 written + 1 filtered + 0 rejected");
    expect(await readFile(await onlyFile(), "utf8")).toBe('{"id":"1","total":"10.50"}\n{"id":"3","total":"7"}\n');
  });

  it("reads the flow from stdin, and prints one line of JSON for machines", async () => {
    const { code, stdout } = await millrace(["run", "-", "--json", ...buckets()], { stdin: JSON.stringify(flow()) });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 2 },
      counts: { read: 3, filtered: 1, destinations: [{ written: 2 }] },
      objects: [{ bucket: "out", records: 2, kind: "data" }],
    });
  });

  it("tells every problem of a flow at once, with place and remedy, and exits with 1", async () => {
    const { code, stderr, stdout } = await millrace(["run", await flowFile({ tasks: BAD_TASKS }), ...buckets()]);

    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/3 problems/);
    for (const place of ["tasks[0]", "tasks[1]", "tasks[2]"]) expect(stderr).toContain(place);
  });

  it("exits with 1 when no folder is given for a bucket, and says which option gives it", async () => {
    const { code, stderr } = await millrace(["run", await flowFile(), "--bucket", `out=${join(folder, "out")}`]);

    expect(code).toBe(1);
    expect(stderr).toContain(
      "the flow reads the bucket in-bucket: say which folder that is, with --bucket in-bucket=DIR",
    );
  });

  it("exits with 1 when the folder of the source is not there", async () => {
    const { code, stdout } = await millrace([
      "run",
      await flowFile(),
      "--bucket",
      `in-bucket=${join(folder, "nowhere")}`,
      "--bucket",
      `out=${join(folder, "out")}`,
    ]);

    expect(code).toBe(1);
    expect(stdout).toMatch(/orders: error[\s\S]*nowhere/);
  });

  it("exits with 1 for a flow that runs on events, which nobody sends here", async () => {
    const onEvents = {
      triggerConfig: { triggerType: "Event" },
      sourceFlowConfig: {
        connectorType: "EventBridge",
        sourceConnectorProperties: { CustomConnector: { entityName: "shop.*" } },
      },
      tasks: [{ taskType: "Map_all", sourceFields: [] }],
    };

    const { code, stderr } = await millrace(["run", await flowFile(onEvents), ...buckets()]);

    expect(code).toBe(1);
    expect(stderr).toContain("the flow runs on events");
  });

  it("exits with 3 when no record can be read, and leaves them all in the error file", async () => {
    await writeFile(join(folder, "in", "orders", "1.csv"), "id,total,note\nonly one\nand another\n");

    const { code, stdout } = await millrace(["run", await flowFile(), "--json", ...buckets()]);

    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ executionStatus: "Error", objects: [{ kind: "error", records: 2 }] });
  });

  it("exits with 1 for an option that does not exist, a file that is not there, and JSON that is none", async () => {
    await writeFile(join(folder, "broken.json"), "{");
    for (const args of [["--bukket", "x"], [join(folder, "none.json")], [join(folder, "broken.json")], []]) {
      const { code, stderr } = await millrace(["run", ...args]);
      expect([code, stderr.length > 0]).toEqual([1, true]);
    }
  });

  it("exits with 130 at Ctrl-C, with nothing visible and no upload left", async () => {
    const rows = Array.from({ length: 3_000_000 }, (_, i) => `${i},1.50,note\n`).join("");
    await writeFile(join(folder, "in", "orders", "1.csv"), `id,total,note\n${rows}`);

    const { code, stdout } = await millrace(["run", await flowFile(), ...buckets()], {
      interruptWhen: () => filesIn(join(folder, "out")).then((names) => names.length > 0),
    });

    expect(code).toBe(130);
    expect(stdout).toContain("orders: canceled");
    expect(await filesIn(join(folder, "out"))).toEqual([]);
  });

  it("teaches with --help", async () => {
    const { code, stdout } = await millrace(["run", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--bucket NAME=DIR");
  });
});

describe("millrace preview", () => {
  it("shows records after all tasks, and writes nothing", async () => {
    const { code, stdout, stderr } = await millrace(["preview", await flowFile(), "--limit", "1", ...buckets()]);

    expect(code).toBe(0);
    expect(stdout).toBe('{"id":"1","total":"10.50"}\n');
    expect(stderr).toContain("3 records read, 1 filtered, 0 rejected");
    expect(await readdir(folder)).not.toContain("out");
  });

  it("tells of the records that it had to reject", async () => {
    await writeFile(join(folder, "in", "orders", "1.csv"), "id,total,note\nx\n1,2,3\n");

    const { stderr } = await millrace(["preview", await flowFile(), ...buckets()]);

    expect(stderr).toContain(
      "rejected: The record has 1 cell, the header has 3. (s3://in-bucket/orders/1.csv, line 2)",
    );
  });
});

describe("millrace", () => {
  it("names its commands when it is given none, or one that does not exist", async () => {
    const [none, wrong] = await Promise.all([millrace([]), millrace(["rnu"])]);
    expect([none.code, wrong.code]).toEqual([1, 1]);
    expect(none.stdout).toContain("preview");
    expect(wrong.stderr).toContain("run, preview, dev");
  });
});

const BAD_TASKS = [
  {
    taskType: "Truncate",
    sourceFields: ["note"],
    connectorOperator: { S3: "NO_OP" },
    taskProperties: { TRUNCATE_LENGTH: "ten" },
  },
  { taskType: "Mask", sourceFields: [], connectorOperator: { S3: "MASK_ALL" } },
  { taskType: "Map", sourceFields: ["a", "b"], destinationField: "c" },
];

function flow(changes: object = {}): object {
  return {
    flowName: "orders",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: { S3: { bucketName: "in-bucket", bucketPrefix: "orders/" } },
    },
    destinationFlowConfigList: [{ connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "out" } } }],
    tasks: [
      {
        taskType: "Validate",
        sourceFields: ["total"],
        connectorOperator: { S3: "VALIDATE_NON_NULL" },
        taskProperties: { VALIDATION_ACTION: "DropRecord" },
      },
      { taskType: "Map", sourceFields: ["id"], destinationField: "id" },
      { taskType: "Map", sourceFields: ["total"], destinationField: "total" },
    ],
    ...changes,
  };
}

async function flowFile(changes?: object): Promise<string> {
  const path = join(folder, "flow.json");
  await writeFile(path, JSON.stringify(flow(changes)));
  return path;
}

function buckets(): string[] {
  return ["--bucket", `in-bucket=${join(folder, "in")}`, "--bucket", `out=${join(folder, "out")}`];
}

/** Every file below the folder, those of uploads included. */
async function filesIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function onlyFile(): Promise<string> {
  const names = await readdir(join(folder, "out", "orders"));
  expect(names).toHaveLength(1);
  return join(folder, "out", "orders", names[0]!);
}
