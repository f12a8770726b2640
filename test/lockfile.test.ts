import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  readonly optional?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, "..");
const { packages } = readJson("package-lock.json") as { readonly packages: Readonly<Record<string, LockedPackage>> };
const { allowScripts } = readJson("package.json") as { readonly allowScripts: Readonly<Record<string, boolean>> };
const installed = Object.entries(packages).filter(([path]) => path !== "");

describe("package-lock.json", () => {
  it("has the packages of all platforms: npm ci refuses it otherwise", () => {
    const missing = installed.flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter((name) => !isLocked(name, path)),
    );

    expect(missing).toEqual([]);
  });

  it("has a checksum for every package, and names no registry", () => {
    expect(installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it("has no install script that package.json does not speak of", () => {
    const scripted = installed.filter(([, each]) => each.hasInstallScript && !each.optional);
    const names = scripted.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));

    expect([...new Set(names)].toSorted()).toEqual(Object.keys(allowScripts).toSorted());
  });
});

/** Node looks for a package next to the one that asks, then further up. */
function isLocked(name: string, from: string): boolean {
  for (let folder = from; folder !== "."; folder = dirname(folder)) {
    if (packages[`${folder}/node_modules/${name}`] !== undefined) return true;
  }
  return packages[`node_modules/${name}`] !== undefined;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, file), "utf8"));
}
