import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { localHints } from './hints.ts';

test('a hint rings all who listen to its topic, and nobody else', async () => {
  await using hints = localHints();
  const rung: string[] = [];
  hints.on('due', () => rung.push('a'));
  hints.on('due', () => rung.push('b'));
  hints.on('events:1', () => rung.push('other'));
  hints.give('due');
  expect(rung).toEqual([]);
  await turn();
  expect(rung).toEqual(['a', 'b']);
});

test('hints of one turn arrive once, those of another turn again', async () => {
  await using hints = localHints();
  const rung: string[] = [];
  hints.on('due', () => rung.push('due'));
  hints.on('keys', () => rung.push('keys'));
  for (let i = 0; i < 5; i++) hints.give('due');
  hints.give('keys');
  await turn();
  expect(rung).toEqual(['due', 'keys']);
  hints.give('due');
  await turn();
  expect(rung).toEqual(['due', 'keys', 'due']);
});

test('who has taken himself off the list is not rung', async () => {
  await using hints = localHints();
  let rung = 0;
  const off = hints.on('due', () => rung++);
  hints.give('due');
  off();
  await turn();
  expect(rung).toBe(0);
});

test('a hint that is given while hints are handed out arrives in the next turn', async () => {
  await using hints = localHints();
  let rung = 0;
  hints.on('due', () => {
    if (rung++ === 0) hints.give('due');
  });
  hints.give('due');
  await turn();
  await turn();
  expect(rung).toBe(2);
});
