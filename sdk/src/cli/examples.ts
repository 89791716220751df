/** The part of a command's help that shows how it is used: each example with what it is for. */
export function examples(...list: readonly (readonly [command: string, purpose: string])[]): string {
  const lines = list.flatMap(([command, purpose]) => [`  # ${purpose}`, `  ${command.replaceAll('\n', '\n  ')}`, '']);
  return `\nExamples:\n${lines.join('\n')}`.trimEnd();
}
