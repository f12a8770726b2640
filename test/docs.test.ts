import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const PAGES = globSync(["*.md", "{bench,connectors,docs,infra,src,test}/**/*.md"], { cwd: ROOT }).toSorted();

const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

describe("documentation", () => {
  it.each(PAGES)("%s links only to files and headings that exist", (page) => {
    expect(links(page).filter((link) => !resolves(page, link))).toEqual([]);
  });

  it("names only npm scripts that exist", () => {
    const named = mentioned(/\bnpm (?:run )?(bench|check|demo|dev|kill9|package|test)\b|\bnpm run ([\w:-]+)/g);

    expect(named).toContain("test");
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(mentioned(/\bnpx millrace ([a-z]+)/g))(
    "names the command `npx millrace %s`, which explains itself",
    (name) => {
      const help = execFileSync(process.execPath, ["src/cli/main.ts", name, "--help"], { cwd: ROOT, encoding: "utf8" });

      expect(help).toContain(`millrace ${name}`);
    },
  );
});

describe("package.json", () => {
  it("starts every script by installing what is missing", () => {
    const isHook = (name: string) => name.startsWith("pre") && scripts[name.slice(3)] !== undefined;
    const named = Object.keys(scripts).filter((name) => !isHook(name));

    expect(named.filter((name) => scripts[`pre${name}`] !== "node scripts/bootstrap.mjs")).toEqual([]);
  });
});

function links(page: string): string[] {
  const text = read(page).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
}

function resolves(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return heading === undefined || headings(target).includes(heading);
}

/** The ids under which GitHub makes a page's headings reachable. */
function headings(page: string): string[] {
  const lines = [...read(page).matchAll(/^#+ +(.+)$/gm)].map(([, heading]) => heading!);
  return lines.map((line) =>
    line
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function mentioned(pattern: RegExp): string[] {
  const found = PAGES.flatMap((page) => [...read(page).matchAll(pattern)].map(([, first, second]) => first ?? second!));
  return [...new Set(found)].toSorted();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
