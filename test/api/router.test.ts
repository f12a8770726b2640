import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Flow } from "../../src/flow/flow.ts";
import { OPERATIONS } from "../../src/api/operation-table.ts";
import { TooLargeError } from "../../src/store/too-large-error.ts";
import { createTestApp, flowBody, post } from "../support/test-app.ts";

const ANYONE = { config: { callers: "anyone" as const } };

describe("the router", () => {
  it("names every request", async () => {
    const app = createTestApp(ANYONE);
    const answers = await Promise.all(
      ["/list-flows", "/describe-flow", "/nothing"].map((path) =>
        app.handle(new Request(`http://localhost${path}`, { method: "POST", body: "{}" })),
      ),
    );

    const ids = answers.map((answer) => answer.headers.get("x-amzn-RequestId"));
    expect(answers.map((answer) => answer.status)).toEqual([200, 404, 404]);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(3);
  });

  it("tells an error as the SDKs read it", async () => {
    const app = createTestApp(ANYONE);

    const answer = await app.handle(
      new Request("http://localhost/describe-flow", { method: "POST", body: '{"flowName":"nothing"}' }),
    );

    expect(answer.headers.get("x-amzn-ErrorType")).toBe("ResourceNotFoundException");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({
      message: "Flow with name nothing does not exist.",
      __type: "ResourceNotFoundException",
    });
  });

  it("takes an empty body for no members", async () => {
    const answer = await createTestApp(ANYONE).handle(new Request("http://localhost/list-flows", { method: "POST" }));

    expect(await answer.json()).toEqual({ flows: [] });
  });

  it.each([
    ["POST", "/no-such-flow"],
    ["GET", "/list-flows"],
    ["POST", "/list-flows/"],
    ["POST", "/"],
    ["DELETE", "/delete-flow"],
  ])("knows no operation %s %s", async (method, path) => {
    const answer = await createTestApp(ANYONE).handle(new Request(`http://localhost${path}`, { method }));

    expect([answer.status, answer.headers.get("x-amzn-ErrorType")]).toEqual([404, "UnknownOperationException"]);
  });

  it("asks for a signature before it tells whether there is an operation", async () => {
    const app = createTestApp();

    for (const path of ["/list-flows", "/nothing"]) {
      expect(await post(app, path, {})).toMatchObject({ status: 403, error: "MissingAuthenticationToken" });
    }
  });

  it.each<[string, unknown, RegExp]>([
    ["broken JSON", "{", /is not JSON/],
    ["no object", "[]", /the body: expected an object/],
    ["null", "null", /the body: expected an object, not null/],
    ["a number for a name", { flowName: 7 }, /flowName: expected a string, not the number 7/],
    [
      "several members of other types",
      flowBody("orders", { tasks: {}, tags: { a: 1 }, description: [] }),
      /description: expected a string, not an array; tasks: expected an array, not an object; tags\.a: expected a string, not the number 1/,
    ],
  ])("refuses %s as unreadable", async (_, body, message) => {
    const answer = await post(createTestApp(ANYONE), "/create-flow", body);

    expect(answer).toMatchObject({ status: 400, error: "SerializationException" });
    expect(answer.body["message"]).toMatch(message);
  });

  it("refuses a body of more than a mebibyte", async () => {
    const answer = await post(createTestApp(ANYONE), "/create-flow", `{"flowName":"${"x".repeat(1024 * 1024)}"}`);

    expect(answer).toMatchObject({ status: 413, error: "RequestEntityTooLargeException" });
  });

  it("hides what went wrong inside, and reports it once with the request's id", async () => {
    const reports: unknown[] = [];
    const broken = () => Promise.reject(new Error("disk full: /secret/path"));
    const { flows } = createTestApp().ports;
    const app = createTestApp({
      ...ANYONE,
      ports: { flows: { ...flows, get: broken }, report: (error, about) => void reports.push({ error, ...about }) },
    });

    const answer = await app.handle(
      new Request("http://localhost/describe-flow", { method: "POST", body: '{"flowName":"orders"}' }),
    );

    const requestId = answer.headers.get("x-amzn-RequestId");
    expect(answer.status).toBe(500);
    expect(answer.headers.get("x-amzn-ErrorType")).toBe("InternalServerException");
    expect(await answer.text()).not.toContain("secret");
    expect(reports).toEqual([
      { error: expect.objectContaining({ message: "disk full: /secret/path" }), requestId, path: "/describe-flow" },
    ]);
  });

  it("tells whoever sent more than a store can hold", async () => {
    const { flows } = createTestApp().ports;
    const full = () => Promise.reject(new TooLargeError("The flow `orders` is too large — make it smaller"));
    const app = createTestApp({ ...ANYONE, ports: { flows: { ...flows, create: full } } });

    const answer = await post(app, "/create-flow", flowBody("orders"));

    expect(answer).toMatchObject({ status: 400, error: "ValidationException" });
    expect(answer.body["message"]).toBe("The flow `orders` is too large — make it smaller");
    expect(app.reports).toEqual([]);
  });

  it.each(["/describe-flow", "/start-flow", "/delete-flow"])(
    "sends %s no ValidationException, which it does not know",
    async (path) => {
      const app = createTestApp(ANYONE);

      for (const body of [{}, { flowName: "" }, { flowName: "a/b" }]) {
        expect(await post(app, path, body)).toMatchObject({ status: 404, error: "ResourceNotFoundException" });
      }
    },
  );

  it("counts and lists every broken constraint, and every other problem", async () => {
    const body = flowBody("orders", {
      description: "semi;colon",
      tasks: [
        { taskType: "MapAll", sourceFields: [] },
        { taskType: "Truncate", sourceFields: ["a"] },
      ],
    });

    const { body: answer, error } = await post(createTestApp(ANYONE), "/create-flow", body);

    expect(error).toBe("ValidationException");
    expect(answer["message"]).toBe(
      String.raw`3 validation errors detected: Value 'semi;colon' at 'description' failed to satisfy constraint: ` +
        String.raw`Member must satisfy regular expression pattern: [\w!@#\-.?,\s]*; ` +
        "Value 'MapAll' at 'tasks[0].taskType' failed to satisfy constraint: Member must satisfy enum value set: " +
        '[Arithmetic, Filter, Map, Map_all, Mask, Merge, Passthrough, Truncate, Validate, Partition] — did you mean "Map_all"?; ' +
        "tasks[1].taskProperties.TRUNCATE_LENGTH: Truncate needs TRUNCATE_LENGTH — say how many characters to keep",
    );
  });

  it("says so in the singular when there is one", async () => {
    const { body } = await post(createTestApp(ANYONE), "/list-flows", { maxResults: 0 });

    expect(body["message"]).toBe(
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: " +
        "Member must have value greater than or equal to 1",
    );
  });

  it("lists the first hundred of a thousand mistakes", async () => {
    const tasks = Array.from({ length: 1000 }, () => ({ taskType: "Truncate", sourceFields: ["a"] }));

    const { body } = await post(createTestApp(ANYONE), "/create-flow", flowBody("orders", { tasks }));

    expect(String(body["message"]).match(/tasks\[\d+\]/g)).toHaveLength(100);
    expect(body["message"]).toMatch(/, and 900 more\]$/);
  });

  it("keeps names that are traps as names", async () => {
    const app = createTestApp(ANYONE);
    const tags = JSON.parse('{"__proto__":"x","constructor":"y"}') as Flow["tags"];
    await post(
      app,
      "/create-flow",
      JSON.stringify(flowBody("orders")).replace(/}$/, `,"tags":${JSON.stringify(tags)}}`),
    );

    const { body } = await post(app, "/describe-flow", { flowName: "orders" });

    expect(Object.entries(body["tags"] as object)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  it("answers the operations that docs/compatibility.md lists, with the errors that it lists", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/compatibility.md"), "utf8");
    const rows = [...page.matchAll(/^\| ([A-Z]\w+) \| (.*) \|$/gm)].map(([, name, errors]) => [name, errors]);

    expect(rows).toEqual(OPERATIONS.map(({ name, errors }) => [name, errors.join(", ")]));
  });

  it("has one place for each operation", () => {
    const places = OPERATIONS.map(({ method, path }) => `${method} ${path}`);

    expect(new Set(places).size).toBe(OPERATIONS.length);
    for (const { name, path } of OPERATIONS.filter((operation) => !operation.path.startsWith("/tags/"))) {
      expect(path).toBe(`/${name.replaceAll(/(?<=.)([A-Z])/g, "-$1").toLowerCase()}`);
    }
  });
});
