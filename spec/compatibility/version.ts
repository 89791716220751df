export type Version = [major: number, minor: number, patch: number];

/** Throws when it is no version of Semantic Versioning; what follows a hyphen or a plus is left out. */
export function parseVersion(text: string): Version {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text);
  if (!found) throw new Error(`"${text}" is no version such as 0.2.0`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  for (const i of [0, 1, 2] as const) if (left[i] !== right[i]) return left[i] - right[i];
  return 0;
}

/** The least version after `released` that announces a breaking change (semver.org 4 and 8: below 1.0.0, a minor one). */
export function announcing(released: string): string {
  const [major, minor] = parseVersion(released);
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}
