// node tree.mjs CASES.json: counts the proofs that hold, and the false ones that do, too.

import { readFile } from "node:fs/promises";
import { verifyConsistency, verifyInclusion } from "../../shared/web/static/proof.js";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const count = { good: 0, false: 0 };

for (const one of JSON.parse(await readFile(process.argv[2], "utf8"))) {
  const { index, size } = one;
  const [before, after] = one.roots.map(bytes);
  const [inclusion, consistency] = [one.inclusion.map(bytes), one.consistency.map(bytes)];
  count.good += await verifyInclusion(bytes(one.leaf), index, size, inclusion, after);
  count.good += await verifyConsistency(index, size, before, after, consistency);
  const more = [...inclusion, after];
  count.false += await verifyInclusion(bytes(one.leaf), index, size, more, after);
  count.false += await verifyInclusion(bytes(one.leaf), size, size, inclusion, after);
  count.false += await verifyInclusion(after, index, size, [...inclusion, before], after);
  count.false += await verifyConsistency(index, size, before, after, [...consistency, after]);
  count.false += await verifyConsistency(index, size, after.map((b) => b ^ 1), after, consistency);
}
console.log(JSON.stringify(count));
