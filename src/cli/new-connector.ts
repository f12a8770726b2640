import { existsSync } from "node:fs";
import { glob, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "./commands/command.ts";

/** What the template is called by; its folders are `_template`. */
const TEMPLATE = { folder: "_template", type: "Acme", word: "acme" };
const CATALOGUE = "connectors/index.ts";
const ADDED = "src/api/added-connectors.ts";

/**
 * Makes a connector of that type in a checkout of this repository: a copy of the template with its tests, a line in the catalogue,
 * and what the API needs to know of it. Gives the paths that were written; writes nothing when anything is in the way.
 */
export async function newConnector(type: string, root: string): Promise<readonly string[]> {
  const folder = type.toLowerCase();
  const problems = await problemsOf(type, folder, root);
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  const rename = (text: string) =>
    text.replaceAll(TEMPLATE.folder, folder).replaceAll(TEMPLATE.type, type).replaceAll(TEMPLATE.word, folder);
  const written = new Map<string, string>();
  for (const place of ["connectors", "test/connectors"]) {
    for (const file of await readdir(join(root, place, TEMPLATE.folder))) {
      const text = await readFile(join(root, place, TEMPLATE.folder, file), "utf8");
      written.set(`${place}/${folder}/${file}`, rename(text));
    }
  }
  written.set(CATALOGUE, withImport(await readFile(join(root, CATALOGUE), "utf8"), type, folder));
  written.set(ADDED, withEntry(await readFile(join(root, ADDED), "utf8"), type));
  for (const [path, text] of written) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return [...written.keys()];
}

/** What cannot be the name of a constant in the catalogue. */
const RESERVED =
  /^(arguments|await|break|case|catch|class|connector|connectors|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield)$/;

async function problemsOf(type: string, folder: string, root: string): Promise<readonly string[]> {
  if (!/^[A-Z][A-Za-z0-9]{1,29}$/.test(type)) {
    return [`${type}: expected 2 to 30 letters and digits, an upper-case letter first, for example GitHub`];
  }
  const other = `choose another name, such as ${type}Api`;
  const taken = ["connectors", "test/connectors"].map((place) => `${place}/${folder}`);
  const user = await userOf(type, root);
  return [
    ...(RESERVED.test(constantOf(type)) ? [`${type} is a word of TypeScript — ${other}`] : []),
    ...(user === undefined ? [] : [`${type} is a word of ${user}, and the engine names no connector — ${other}`]),
    ...taken
      .filter((path) => existsSync(join(root, path)))
      .map((path) => `${path} is there already — fill its datasheet (docs/connector-guide.md), or choose another name`),
  ];
}

/** A file of the engine that has the word in it; this one and the command's help have examples. */
async function userOf(type: string, root: string): Promise<string | undefined> {
  const word = new RegExp(String.raw`\b${type}\b`);
  for await (const file of glob("src/**/*.ts", { cwd: root })) {
    if (!/new(-connector)?\.ts$/.test(file) && word.test(await readFile(join(root, file), "utf8"))) return file;
  }
  return undefined;
}

function constantOf(type: string): string {
  return type[0]!.toLowerCase() + type.slice(1);
}

const IMPORT = /^import (\w+) from "\.\/(\w+)\/index\.ts";$/;

/** The catalogue is in the order of its folders. */
function withImport(catalogue: string, type: string, folder: string): string {
  const lines = catalogue.split("\n");
  const name = constantOf(type);
  const next = lines.findIndex((line) => (IMPORT.exec(line)?.[2] ?? "") > folder);
  const at = next === -1 ? lines.findLastIndex((line) => IMPORT.test(line)) + 1 : next;
  const entry = next === -1 ? "];" : `  ${IMPORT.exec(lines[next]!)![1]},`;
  lines.splice(lines.indexOf(entry), 0, `  ${name},`);
  lines.splice(at, 0, `import ${name} from "./${folder}/index.ts";`);
  return lines.join("\n");
}

function withEntry(added: string, type: string): string {
  const entry = `  {
    type: "${type}",
    comparisons: ["GREATER_THAN"],
    source: ["object!"],
    properties: ["instanceUrl!"],
    credentials: ["apiKey!"],
  },
`;
  const end = added.indexOf("];", added.indexOf("const ADDED_CONNECTORS"));
  return `${added.slice(0, end)}${added[end - 1] === "[" ? "\n" : ""}${entry}${added.slice(end)}`;
}
