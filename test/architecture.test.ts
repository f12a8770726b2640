import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { connectors } from "../connectors/index.ts";

const CORE = [
  "src/batch",
  "src/sdk",
  "src/store",
  "src/tasks",
  "src/formats",
  "src/connection",
  "src/flow",
  "src/plan",
  "src/engine",
];
const PORTS = ["src/sdk", "src/store", "src/connection", "src/flow", "src/engine", "src/run", "src/api"];
const ALL = [
  ...CORE,
  "src/run",
  "src/telemetry",
  "src/api",
  "src/app.ts",
  "src/config.ts",
  "src/adapters/*",
  "connectors/index.ts",
];

/** Who may import whom, besides itself, Node and packages. `type x`: only types of x, nothing that runs. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/batch": [],
  "src/sdk": ["type src/batch"],
  "src/tasks": ["src/batch", "type src/sdk"],
  "src/formats": ["src/batch", "type src/sdk"],
  "src/store": ["type src/sdk"],
  "src/connection": ["src/sdk", "src/store"],
  "src/flow": ["src/connection", "src/sdk", "src/store", "type src/tasks"],
  "src/plan": ["src/flow", "src/sdk", "src/batch", "src/tasks", "type src/store"],
  "src/engine": ["src/tasks", "src/formats", "src/batch", "src/sdk", "type src/plan"],
  "src/run": [
    "src/batch",
    "src/flow",
    "src/connection",
    "src/plan",
    "src/engine",
    "src/sdk",
    "src/store",
    "src/formats",
    "src/tasks",
  ],
  "src/telemetry": ["src/flow", "type src/run"],
  "src/api": ["src/flow", "src/connection", "src/run", "src/sdk", "src/store"],
  "src/adapters/*": PORTS,
  "src/config.ts": ["type src/api", "type src/adapters/*"],
  "src/app.ts": [...CORE, "src/run", "src/api"],
  "src/cli": ALL,
  "src/lambda": ALL,
  "connectors/*": ["#sdk", "connectors/_shared"],
  "connectors/index.ts": ["connectors/*", "#sdk"],
};

/** What a folder that only computes may use of Node. */
const PURE = /^src\/(batch|tasks|formats|flow|plan|engine|run)\//;
const HARMLESS = ["node:buffer", "node:crypto", "node:stream", "node:stream/promises", "node:util", "node:zlib"];

/** What reaches other machines, and the only places that may use it. AWS's own clients are the AWS adapters' business. */
const NETWORK = /^(node:)?(http|https|http2|net|tls|dgram|dns|dns\/promises)$|^undici$/;
const MAY_USE_NETWORK = ["src/sdk/http/", "src/cli/serve.ts"];

/** Where a secret becomes text: to be sent, sealed, signed with, searched for, or shown once to whoever it is for. */
const MAY_REVEAL = [
  "src/api/authenticate.ts",
  "src/api/sealed-key.ts",
  "src/cli/commands/dev.ts",
  "src/cli/commands/keys.ts",
  "src/connection/oauth-credentials.ts",
  "src/sdk/auth/authorize.ts",
  "src/sdk/auth/token-request.ts",
  "src/sdk/http/send.ts",
  "src/sdk/redact.ts",
];

/** AppFlow's closed list of connector types, those that are added to it, what requests say of each, and what adds them. */
const MAY_NAME_CONNECTORS = [
  "src/api/added-connectors.ts",
  "src/api/connector-shapes.ts",
  "src/api/profile-shapes.ts",
  "src/cli/commands/new.ts",
  "src/cli/new-connector.ts",
];

const files = globSync("{src,connectors}/**/*.ts", { cwd: join(import.meta.dirname, "..") }).toSorted();
const sources = new Map(files.map((file) => [file, readFileSync(join(import.meta.dirname, "..", file), "utf8")]));
const imports = files.flatMap(importsOf);

describe("architecture", () => {
  it("lets every folder import only what the table allows", () => {
    const ours = imports.filter(({ target }) => /^(src|connectors)\/|^#/.test(target));

    expect(ours.length).toBeGreaterThan(files.length);
    expect(ours.filter((each) => !isAllowed(each)).map(print)).toEqual([]);
  });

  it("has no import cycles", () => {
    let left = imports.map(({ file, target }) => [file, target === "#sdk" ? "src/sdk/index.ts" : target] as const);
    let before = Number.POSITIVE_INFINITY;
    while (left.length < before) {
      before = left.length;
      const [importers, imported] = [new Set(left.map(([from]) => from)), new Set(left.map(([, to]) => to))];
      left = left.filter(([from, to]) => importers.has(to) && imported.has(from));
    }

    expect(left.map(([from, to]) => `${from} imports ${to}`)).toEqual([]);
  });

  it("keeps files, network and processes out of the folders that only compute", () => {
    const outside = ({ target }: Import) => target.startsWith("node:") && !HARMLESS.includes(target);

    expect(imports.filter((each) => PURE.test(each.file) && outside(each)).map(print)).toEqual([]);
  });

  it("goes out by the guarded client only", () => {
    const strays = imports.filter(({ target }) => NETWORK.test(target) || target.startsWith("@aws-sdk/"));
    const allowed = ({ file, target }: Import) =>
      NETWORK.test(target)
        ? MAY_USE_NETWORK.some((place) => file.startsWith(place))
        : file.startsWith("src/adapters/aws/");

    expect(strays.length).toBeGreaterThan(0);
    expect(strays.filter((each) => !allowed(each)).map(print)).toEqual([]);
  });

  it("knows OpenTelemetry in one place, which is loaded only when somebody asks for it", () => {
    const users = imports.filter(({ target }) => target.startsWith("@opentelemetry/"));
    const loading = /import\("[^"]*\/adapters\/telemetry\/[^"]+"\)/;
    const loaders = files.filter((file) => /adapters\/telemetry\//.test(sources.get(file)!.replace(loading, "")));

    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(["src/adapters/telemetry/open-telemetry.ts"]));
    expect(files.filter((file) => loading.test(sources.get(file)!))).toEqual(["src/cli/local-engine.ts"]);
    expect(loaders).toEqual([]);
  });

  it("uses undici's fetch, never the one that Node has, which goes round the guard", () => {
    const calls = files.filter((file) => /\b(fetch|WebSocket|EventSource)\b\s*\(/.test(sources.get(file)!));

    expect(calls).toEqual(["src/sdk/http/send.ts"]);
  });

  it("looks into secrets in few places", () => {
    expect(files.filter((file) => /\.reveal\(\)/.test(sources.get(file)!))).toEqual(MAY_REVEAL);
  });

  it("reads the environment in src/config.ts only", () => {
    expect(files.filter((file) => /\bprocess\.env\b/.test(sources.get(file)!))).toEqual(["src/config.ts"]);
  });

  it("names no connector in src but those that are also services which the engine itself uses", () => {
    const types = connectors.map(({ type }) => type).filter((type) => type !== "S3" && type !== "EventBridge");
    const names = (file: string) => types.filter((type) => new RegExp(`\\b${type}\\b`).test(sources.get(file)!));
    const guilty = files.filter((file) => file.startsWith("src/") && names(file).length > 0);

    expect(guilty.filter((file) => !MAY_NAME_CONNECTORS.includes(file))).toEqual([]);
  });

  it("has every connector folder in the catalogue, under its type in lower case", () => {
    const folders = files
      .map((file) => /^connectors\/([^_][^/]*)\//.exec(file)?.[1])
      .filter((name) => name !== undefined);

    expect(connectors.map(({ type }) => type.toLowerCase()).toSorted()).toEqual([...new Set(folders)].toSorted());
  });
});

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...sources.get(file)!.matchAll(statement)].map(([, type, fixed, dynamic]) => {
    const name = fixed ?? dynamic!;
    return {
      file,
      target: name.startsWith(".") ? normalize(join(dirname(file), name)) : name,
      typeOnly: type !== undefined,
    };
  });
}

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const [from, to] = [unitOf(file), unitOf(target)];
  if (from === to) return true;
  const row = MAY_IMPORT[from] ?? MAY_IMPORT[family(from)] ?? [];
  return [to, family(to)].some((name) => row.includes(name) || (typeOnly && row.includes(`type ${name}`)));
}

/** The folder or file that the table speaks of: `src/plan`, `src/adapters/aws`, `src/app.ts`, `connectors/s3`. */
function unitOf(path: string): string {
  return path
    .split("/")
    .slice(0, path.startsWith("src/adapters/") ? 3 : 2)
    .join("/");
}

function family(unit: string): string {
  return `${dirname(unit)}/*`;
}

function print({ file, target, typeOnly }: Import): string {
  return `${file} imports ${typeOnly ? "types of " : ""}${target}`;
}
