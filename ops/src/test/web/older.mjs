// A task that printed more than is kept of its log, in a real browser: older output is shown down to its beginning, with
// a word for what is not there. Arguments: base URL, task, name and password of its owner, and its last line.
import assert from "node:assert/strict";
import { browser, person, shows, until } from "./people.mjs";

const [base, task, owner, password, last] = process.argv.slice(2);
const one = await person(base, task, owner, password);
const page = one.page;
await shows(one, last);

const begin = () => page.evaluate(() => window.muster.begin);
for (let from = await begin(); from > 0; from = await begin()) {
  await page.click("#older");
  await until(`what is older than ${from}`, async () => (await begin()) < from);
}
const text = await page.evaluate(() => {
  const decoder = new TextDecoder();
  return window.muster.kept.map((part) => decoder.decode(part)).join("");
});
assert.equal(text.split("bytes were not kept").length, 2);
const [head, tail] = text.split(/\x1b\[2m\(\d+ bytes were not kept\)\x1b\[0m\r\n/);
const numbers = (some) => some.split("\r\n").filter((line) => /^\d+$/.test(line)).map(Number);
// the one at the edge may be a part of a number
for (const some of [numbers(head).slice(0, -1), numbers(tail).slice(1)]) {
  assert.ok(some.length > 1000, `${some.length} lines`);
  some.forEach((number, n) => assert.equal(number, some[0] + n));
}
assert.ok(numbers(head)[0] <= 2);
assert.equal(String(numbers(tail).at(-1)), last);
assert.deepEqual(one.faults, []);
process.exitCode = 0;
await browser.close();
