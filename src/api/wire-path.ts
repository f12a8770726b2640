/** The path of a member, for messages: `tasks[2].taskType`, `tags["a.b"]`. */
export function memberPath(parent: string, name: string): string {
  const plain = /^[\w-]{1,128}$/.test(name);
  if (parent === "") return plain ? name : quoted(name);
  return plain ? `${parent}.${name}` : parent + quoted(name);
}

export function itemPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}

function quoted(name: string): string {
  return `[${JSON.stringify(name.slice(0, 128))}]`;
}
