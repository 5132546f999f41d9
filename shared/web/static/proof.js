// Evidence of Gongjiang, checked in a browser or in Node without asking anybody: RFC 6962, C2SP
// signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy and tlog-proof, and our bundle.
// Written from these specifications alone, as a second opinion on shared/audit/verifier.py.

const { subtle } = globalThis.crypto ?? (await import("node:crypto")).webcrypto;

export class Malformed extends Error {}
export class Unsigned extends Error {}
export class NoQuorum extends Error {}

// bytes

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ZEROS = new Uint8Array(32);
const SPACES = /[\s\u0085]/u;

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const same = (one, other) => one.length === other.length && one.every((b, at) => b === other[at]);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const sha256 = async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));

function text(bytes, what) {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new Malformed(`${what} 不是 UTF-8`);
  }
}

export function toBase64(bytes) {
  let binary = "";
  for (const one of bytes) binary += String.fromCharCode(one);
  return btoa(binary);
}

export function fromBase64(encoded) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4) {
    throw new Malformed(`不是 base64：${encoded.slice(0, 24)}`);
  }
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  if (toBase64(bytes) !== encoded) throw new Malformed("不是规范的 base64");
  return bytes;
}

function decimal(word) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(word) || !Number.isSafeInteger(Number(word))) {
    throw new Malformed(`不是规范的十进制数：${word.slice(0, 24)}`);
  }
  return Number(word);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new Malformed("字节不足");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u32() {
    this.take(4);
    return this.view.getUint32(this.at - 4);
  }

  u64() {
    this.take(8);
    return Number(this.view.getBigUint64(this.at - 8));
  }

  prefixed() {
    return this.take(this.u32());
  }
}

// records and leaves

const OPENING = concat(utf8.encode("gongjiang-event-v1"), new Uint8Array([0, 1]));

export const leafHash = (record) => sha256(concat(new Uint8Array([0]), record));

export function decodeRecord(record) {
  const reader = new Reader(record);
  if (!same(reader.take(OPENING.length), OPENING)) throw new Malformed("不是第一版的记录");
  const decoded = {
    origin: text(reader.prefixed(), "来源"),
    stream: hex(reader.take(16)),
    version: reader.u64(),
    topic: text(reader.prefixed(), "事件名"),
    recordedAt: reader.u64(),
    actor: text(reader.prefixed(), "操作者"),
    correlation: hex(reader.prefixed()),
    causation: text(reader.prefixed(), "起因"),
    previous: reader.take(32),
    stateHash: reader.take(32),
    salt: reader.take(32),
  };
  if (reader.at !== record.length) throw new Malformed("记录后面还有字节");
  return decoded;
}

// the tree: each function follows the recursive definition in RFC 6962, 2.1

const node = (left, right) => sha256(concat(new Uint8Array([1]), left, right));

function splitOf(size) {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

export async function rootOf(leaves) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0];
  const k = splitOf(leaves.length);
  return node(await rootOf(leaves.slice(0, k)), await rootOf(leaves.slice(k)));
}

export async function verifyInclusion(leaf, index, size, proof, root) {
  if (!(index >= 0 && index < size)) return false;
  const left = [...proof];
  async function climb(m, n) {
    if (n === 1) return leaf;
    const sibling = left.pop();
    if (sibling?.length !== 32) throw new Malformed("证明过短");
    const k = splitOf(n);
    return m < k ? node(await climb(m, k), sibling) : node(sibling, await climb(m - k, n - k));
  }
  try {
    return same(await climb(index, size), root) && left.length === 0;
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}

export async function verifyConsistency(old, size, oldRoot, root, proof) {
  if (!(old >= 0 && old <= size)) return false;
  if (old === 0) return proof.length === 0 && same(oldRoot, await rootOf([]));
  const left = [...proof];
  function next() {
    const hash = left.shift();
    if (hash?.length !== 32) throw new Malformed("证明过短");
    return hash;
  }
  async function both(m, n, whole) {
    if (m === n) {
      const known = whole ? oldRoot : next();
      return [known, known];
    }
    const k = splitOf(n);
    if (m <= k) {
      const [before, after] = await both(m, k, whole);
      return [before, await node(after, next())];
    }
    const [before, after] = await both(m - k, n - k, false);
    const first = next();
    return [await node(first, before), await node(first, after)];
  }
  try {
    const [before, after] = await both(old, size, true);
    return left.length === 0 && same(before, oldRoot) && same(after, root);
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}

// signed notes and checkpoints

const NOTE = 1;
const COSIGNATURE = 4;

const isKeyName = (name) => name !== "" && !name.includes("+") && !SPACES.test(name);

export function parseNote(bytes) {
  if (bytes.length > 65536) throw new Malformed("签名文件过长");
  const whole = text(bytes, "签名文件");
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new Malformed("签名文件含有控制字符");
  const blank = whole.lastIndexOf("\n\n");
  if (blank < 1 || !whole.endsWith("\n") || blank + 2 >= whole.length) {
    throw new Malformed("签名文件缺少正文、空行或签名");
  }
  const lines = whole.slice(blank + 2, -1).split("\n");
  if (lines.length > 64) throw new Malformed("签名多于 64 个");
  const signatures = lines.map((line) => {
    const [dash, name, encoded, ...more] = line.split(" ");
    if (dash !== "\u2014" || !isKeyName(name ?? "") || encoded === undefined || more.length) {
      throw new Malformed("签名行应为“— 名称 签名”");
    }
    const signature = fromBase64(encoded);
    if (signature.length < 5) throw new Malformed("签名过短");
    return { name, keyId: hex(signature.subarray(0, 4)), signature: signature.subarray(4) };
  });
  return { text: bytes.slice(0, utf8.encode(whole.slice(0, blank + 1)).length), signatures };
}

export function parseCheckpoint(bytes) {
  const lines = text(bytes, "检查点").split("\n");
  if (lines.length < 4 || lines.pop() !== "" || lines.some((line) => line === "")) {
    throw new Malformed("检查点应有来源、规模和根三行");
  }
  const root = fromBase64(lines[2]);
  if (root.length !== 32) throw new Malformed("检查点的根不是 32 字节");
  return { origin: lines[0], size: decimal(lines[1]), root, text: bytes };
}

// keys and policies

export async function parseKey(word) {
  const first = word.indexOf("+");
  const second = word.indexOf("+", first + 1);
  if (first < 0 || second < 0) throw new Malformed("公钥应为 名称+标识+base64");
  const name = word.slice(0, first);
  const material = fromBase64(word.slice(second + 1));
  const [kind] = material;
  if (!isKeyName(name) || material.length !== 33 || ![NOTE, COSIGNATURE].includes(kind)) {
    throw new Malformed(`公钥 ${name} 种类不对`);
  }
  const digest = await sha256(concat(utf8.encode(`${name}\n`), material));
  const keyId = hex(digest.subarray(0, 4));
  if (word.slice(first + 1, second) !== keyId) throw new Malformed(`公钥 ${name} 的标识不符`);
  return { name, keyId, kind, public: material.subarray(1) };
}

// Seconds since 1970 (0 for a plain note), or null if the signature is not this key's.
async function verifySignature(key, message, signature) {
  let [time, signed, bytes] = [0n, message, signature];
  if (key.kind === COSIGNATURE) {
    if (signature.length !== 72) return null;
    time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
    signed = concat(utf8.encode(`cosignature/v1\ntime ${time}\n`), message);
    bytes = signature.subarray(8);
  }
  if (bytes.length !== 64 || time >= 1n << 63n) return null;
  try {
    const imported = await subtle.importKey("raw", key.public, "Ed25519", false, ["verify"]);
    return (await subtle.verify("Ed25519", imported, bytes, signed)) ? Number(time) : null;
  } catch {
    return null;
  }
}

export async function parsePolicy(bytes) {
  if (bytes.some((one) => (one < 32 && one !== 9 && one !== 10) || one === 127)) {
    throw new Malformed("策略文件含有控制字符");
  }
  const lines = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => line.split(/[ \t]+/).filter((word) => word !== ""))
    .filter((words) => words.length && !words[0].startsWith("#"));
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  const isKnown = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const used = new Set();
  const fresh = (name) => {
    if (name === "none" || isKnown(name)) throw new Malformed(`名称 ${name} 重复或不可用`);
    return name;
  };
  const unique = (key, kind, others) => {
    if (key.kind !== kind || [...others].some((one) => same(one.public, key.public))) {
      throw new Malformed(`公钥 ${key.name} 种类不对或重复`);
    }
    return key;
  };
  const addLog = (key) => policy.logs.push(unique(key, NOTE, policy.logs));
  const addWitness = (name, key) =>
    policy.witnesses.set(fresh(name), unique(key, COSIGNATURE, policy.witnesses.values()));
  if (lines.length && lines.every((words) => words.length === 1)) {
    for (const [word] of lines) {
      const key = await parseKey(word);
      if (key.kind === NOTE) addLog(key);
      else addWitness(key.name, key);
    }
    return { ...policy, quorum: "none" };
  }
  for (const [what, ...words] of lines) {
    if (what === "log" && [1, 2].includes(words.length)) {
      addLog(await parseKey(words[0]));
    } else if (what === "witness" && [2, 3].includes(words.length)) {
      addWitness(words[0], await parseKey(words[1]));
    } else if (what === "group" && words.length > 2) {
      const [name, threshold, ...members] = words;
      for (const member of members) {
        if (!isKnown(member) || used.has(member)) throw new Malformed(`成员 ${member} 不成立`);
        used.add(member);
      }
      const enough = { any: 1, all: members.length }[threshold] ?? decimal(threshold);
      if (enough < 1 || enough > members.length) throw new Malformed(`组 ${name} 的门槛不成立`);
      policy.groups.set(fresh(name), { enough, members });
    } else if (what === "quorum" && words.length === 1) {
      if (policy.quorum !== null || (words[0] !== "none" && !isKnown(words[0]))) {
        throw new Malformed("quorum 只能有一行，且须是已定义的名称");
      }
      [policy.quorum] = words;
    } else {
      throw new Malformed(`策略文件中不认识的一行：${what}`);
    }
  }
  if (policy.quorum === null) throw new Malformed("策略文件没有 quorum 一行");
  return policy;
}

// The checkpoint of a note that a known log signed, with the known witnesses' times.
export async function signedCheckpoint(policy, bytes) {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  const witnesses = new Map();
  let log = null;
  const others = [...policy.witnesses].filter(([, key]) => key.name !== ownWitness(checkpoint.origin));
  const named = [...policy.logs.map((key) => [null, key]), ...others];
  for (const line of note.signatures) {
    const claimed = named.filter(([, k]) => k.name === line.name && k.keyId === line.keyId);
    let by = null;
    for (const [name, key] of claimed) {
      const time = await verifySignature(key, note.text, line.signature);
      if (time !== null) by = { name, key, time };
    }
    if (claimed.length && by === null) throw new Unsigned(`${line.name} 的签名是假的：与正文不符`);
    if (by?.name === null && by.key.name === checkpoint.origin) log = by.key;
    if (by && by.name !== null) {
      witnesses.set(by.name, Math.min(by.time, witnesses.get(by.name) ?? Infinity));
    }
  }
  if (log === null) throw new Unsigned(`检查点（${checkpoint.origin}）没有可信的日志签名`);
  const times = [...witnesses.values()];
  return { checkpoint, log, witnesses, time: times.length ? Math.min(...times) : null };
}

function requireQuorum(policy, accepted, since = 0) {
  const met = (name) => {
    const group = policy.groups.get(name);
    if (group) return group.members.filter(met).length >= group.enough;
    return name === "none" || (accepted.witnesses.get(name) ?? -1) >= since;
  };
  if (!met(policy.quorum)) throw new NoQuorum(`见证人不足：策略要求 ${policy.quorum}`);
  return accepted;
}

export const judge = async (policy, bytes, since = 0) =>
  requireQuorum(policy, await signedCheckpoint(policy, bytes), since);

// proofs in one file

const PROOF = "c2sp.org/tlog-proof@v1";

export function parseTlogProof(bytes) {
  const whole = text(bytes, "证明文件");
  const blank = whole.indexOf("\n\n");
  if (blank < 0) throw new Malformed("证明文件缺少空行");
  const [first, ...lines] = whole.slice(0, blank).split("\n");
  let extra = new Uint8Array();
  if (lines[0]?.startsWith("extra ")) extra = fromBase64(lines.shift().slice(6));
  if (first !== PROOF || !lines[0]?.startsWith("index ")) throw new Malformed("不是 tlog-proof");
  const hashes = lines.slice(1).map(fromBase64);
  if (hashes.length > 63 || hashes.some((one) => one.length !== 32)) {
    throw new Malformed("证明中的哈希应各为 32 字节");
  }
  const checkpoint = utf8.encode(whole.slice(blank + 2));
  return { index: decimal(lines[0].slice(6)), hashes, checkpoint, extra };
}

export async function verifyTlogProof(policy, bytes) {
  const proof = parseTlogProof(bytes);
  const accepted = await judge(policy, proof.checkpoint);
  const { size, root } = accepted.checkpoint;
  const leaf = await leafHash(proof.extra);
  if (!(await verifyInclusion(leaf, proof.index, size, proof.hashes, root))) {
    throw new Malformed(`记录不在检查点（规模 ${size}）的第 ${proof.index} 条`);
  }
  return { ...accepted, record: decodeRecord(proof.extra), index: proof.index };
}

// bundles

export const EXIT_CODES = {
  verified: 0, unreadable: 2, untrusted: 3, altered: 4, forked: 5,
  rolled_back: 6, out_of_time: 7, incomplete: 8, foreign: 9,
};
const WORST_FIRST = [
  "unreadable", "untrusted", "forked", "altered", "foreign", "rolled_back", "out_of_time",
  "incomplete",
];
const TOLERANCE = 120;
const baseOf = (origin) => origin.replace(/\/[0-9]{1,9}$/, "");
const ownWitness = (origin) => baseOf(origin).replace(/([^/]*)$/, "witness/$1");
const epochOf = (origin) => Number(origin.slice(baseOf(origin).length + 1) || 1);

function ofType(value, type) {
  const is = { list: Array.isArray, number: Number.isInteger };
  const isObject = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
  const good = is[type] ?? (type === "object" ? isObject : (one) => typeof one === type);
  if (!good(value)) throw new Malformed(`JSON 中应为 ${type}`);
  return value;
}

function readJson(bytes) {
  try {
    return JSON.parse(text(bytes, "JSON"));
  } catch (fault) {
    throw new Malformed(`不是 JSON：${fault.message}`);
  }
}

export function* frames(bytes) {
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) {
    const index = reader.u64();
    const record = reader.prefixed();
    yield { index, record, state: reader.prefixed() };
  }
}

// members: Map of name -> bytes; kept: [[name, bytes]]. Resolves to {verdict, exit_code, findings}.
export async function verifyBundle(members, policy, kept = [], since = 0) {
  const findings = [];
  const remarks = [];
  const find = (code, service, where, words) => findings.push({ code, service, where, words });
  const remark = (code, service, where, words) => remarks.push({ code, service, where, words });
  const ours = await readKept(policy, kept, find);
  await readable("", find, async () => {
    if (!members.has("manifest.json")) throw new Malformed("没有清单");
    const manifest = readManifest(members.get("manifest.json"));
    await checkFiles(members, manifest, find);
    checkAbsent(members, manifest, policy, ours, find, remark);
    let events = 0;
    for (const service of Object.keys(manifest.services)) {
      const section = new Section({ members, manifest, service, policy, ours, find, remark });
      await readable(service, find, () => section.check(since));
      events += section.events?.length ?? 0;
    }
    if (!events && manifest.keys.length) {
      find("incomplete", "", "manifest.json", "包内没有所列编号的任何事件，什么也没有证明");
    }
  });
  const found = new Set(findings.map((one) => one.code));
  const verdict = WORST_FIRST.find((code) => found.has(code)) ?? "verified";
  return { verdict, exit_code: EXIT_CODES[verdict], findings, remarks };
}

async function readable(service, find, work) {
  try {
    await work();
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    find("unreadable", service, "", fault.message);
  }
}

async function readKept(policy, kept, find) {
  const known = new Map();
  for (const [name, bytes] of kept) {
    try {
      const isProof = same(bytes.subarray(0, PROOF.length), utf8.encode(PROOF));
      const note = isProof ? parseTlogProof(bytes).checkpoint : bytes;
      const one = await signedCheckpoint(policy, note);
      const at = `${one.checkpoint.size} ${one.checkpoint.origin}`;
      const other = known.get(at);
      if (!other) known.set(at, one);
      else if (!same(other.checkpoint.root, one.checkpoint.root)) {
        find("forked", "", name, "两份留存的检查点根不同：同一规模签署过两个根");
      }
    } catch (fault) {
      if (!(fault instanceof Malformed || fault instanceof Unsigned)) throw fault;
      find("untrusted", "", name, `留存的检查点不可信：${fault.message}`);
    }
  }
  return [...known.values()];
}

function readManifest(bytes) {
  const about = ofType(readJson(bytes), "object");
  if (about.format !== "gongjiang-bundle/1") throw new Malformed("清单的格式不对");
  const manifest = {
    keys: ofType(about.keys ?? [], "list").map((one) => ofType(one, "string")),
    complete: ofType(about.complete, "boolean"),
    unreachable: ofType(about.unreachable ?? [], "list").map((one) => ofType(one, "string")),
    files: ofType(about.files, "object"),
    services: ofType(about.services, "object"),
  };
  for (const one of Object.values(manifest.files)) {
    ofType(ofType(one, "object").sha256, "string");
    ofType(one.bytes, "number");
  }
  for (const one of Object.values(manifest.services)) {
    ofType(ofType(one, "object").origin, "string");
    ofType(one.whole_log, "boolean");
    for (const name of ["size", "events", "uncovered", "withheld"]) {
      ofType(one[name] ?? 0, "number");
    }
  }
  return manifest;
}

async function checkFiles(members, manifest, find) {
  for (const one of manifest.unreachable) find("incomplete", one, "", "导出时此服务不可达");
  if (!manifest.complete && !manifest.unreachable.length) find("incomplete", "", "", "此包不完整");
  if (!Object.keys(manifest.services).length) find("incomplete", "", "", "包内没有任何证据");
  for (const name of Object.keys(manifest.files)) {
    if (name === "manifest.json" || !members.has(name)) {
      find("incomplete", "", name, "清单所列的文件不在包内");
    }
  }
  for (const [name, bytes] of members) {
    if (name === "manifest.json") continue;
    const listed = Object.hasOwn(manifest.files, name) ? manifest.files[name] : null;
    if (!listed) find("incomplete", "", name, "文件不在清单之列");
    else if (hex(await sha256(bytes)) !== listed.sha256 || bytes.length !== listed.bytes) {
      find("altered", "", name, "与清单所记的摘要不符");
    }
  }
}

// whatever the bundle is silent about: it may be just what matters
function checkAbsent(members, manifest, policy, kept, find, remark) {
  const isListed = (service) => Object.hasOwn(manifest.services, service);
  const services = (names) => new Set(names.map((one) => baseOf(one).split("/").at(-1)));
  const files = [...members.keys()].filter((name) => name !== "manifest.json");
  for (const service of new Set(files.map((name) => name.split("/")[0]))) {
    if (!isListed(service)) find("incomplete", service, "", "清单未列此服务，其文件未经核验");
  }
  for (const service of services(kept.map((one) => one.checkpoint.origin))) {
    if (!isListed(service)) {
      find("incomplete", service, "", "审计人留存了此日志的检查点，包内却没有它的证据");
    }
  }
  for (const service of services(policy.logs.map((one) => one.name))) {
    if (!isListed(service)) remark("absent", service, "", "策略中有此日志，包内没有它的证据");
  }
}

class Section {
  constructor({ members, manifest, service, policy, ours, find, remark }) {
    this.file = (name) => members.get(`${service}/${name}`);
    this.names = [...members.keys()].filter((name) => name.startsWith(`${service}/checkpoints/`));
    this.members = members;
    this.service = service;
    this.policy = policy;
    this.promise = manifest.services[service];
    this.keys = new Set(manifest.keys.map((one) => one.replaceAll("-", "")));
    this.find = (code, where, words) => find(code, service, where, words);
    this.remark = (code, where, words) => remark(code, service, where, words);
    this.kept = ours;
    this.incidents = [];
  }

  async check(since) {
    const needed = ["checkpoint", "leaves.bin", "proofs.json", "tombstones.json"];
    const missing = needed.filter((name) => !this.file(name));
    for (const name of missing) this.find("incomplete", name, "缺少应有的文件");
    if (missing.length) return;
    this.head = parseCheckpoint(parseNote(this.file("checkpoint")).text);
    this.base = baseOf(this.head.origin);
    const accepted = await this.checkSignatures(since);
    if (
      this.promise.origin !== this.head.origin ||
      this.base.slice(this.base.lastIndexOf("/") + 1) !== this.service
    ) {
      this.find("foreign", "checkpoint", "检查点是另一日志的");
    }
    this.kept = this.kept.filter((one) => baseOf(one.checkpoint.origin) === this.base);
    this.archived = await this.readArchived();
    this.proofs = ofType(readJson(this.file("proofs.json")), "object");
    this.events = [...frames(this.file("leaves.bin"))];
    for (const one of this.events) one.leaf = await leafHash(one.record);
    await this.findIncidents();
    this.notes = [...(accepted ? [accepted] : []), ...this.archived, ...this.kept].filter(
      (one) => one.time !== null && this.stands(one),
    );
    this.checkOrder();
    await this.checkEvents();
    if (this.promise.whole_log) await this.checkRoots();
    else await this.checkProofs();
    for (const one of this.archived) await this.compare(one, false);
    for (const one of this.kept) await this.compare(one, true);
    this.checkPromises();
    this.checkTombstones();
  }

  async checkSignatures(since) {
    this.trusted = true;
    let accepted = null;
    try {
      accepted = await signedCheckpoint(this.policy, this.file("checkpoint"));
      return requireQuorum(this.policy, accepted, since);
    } catch (fault) {
      if (!(fault instanceof Unsigned || fault instanceof NoQuorum)) throw fault;
      this.find("untrusted", "checkpoint", fault.message);
      this.trusted = accepted !== null;
      return accepted;
    }
  }

  async readArchived() {
    const found = [];
    for (const name of this.names) {
      try {
        const one = await signedCheckpoint(this.policy, this.members.get(name));
        if (baseOf(one.checkpoint.origin) === this.base) found.push(one);
        else this.find("foreign", name, "检查点是另一日志的");
      } catch (fault) {
        if (!(fault instanceof Unsigned)) throw fault;
        this.find("untrusted", name, fault.message);
      }
    }
    return found;
  }

  async findIncidents() {
    if (this.head.origin === this.base) return;
    for (const { index, record, state } of this.events) {
      if (state === null || !text(record.map((b) => (b < 128 ? b : 63)), "").includes("log_restored.v1")) {
        continue;
      }
      if (decodeRecord(record).topic !== "log_restored.v1") continue;
      if (!same(await sha256(state), decodeRecord(record).stateHash)) continue;
      try {
        const data = ofType(ofType(readJson(state), "object").data, "object");
        const note = utf8.encode(ofType(data.note, "string"));
        const { checkpoint } = await signedCheckpoint(this.policy, note);
        if (baseOf(checkpoint.origin) === this.base && data.kept === index) {
          const now = ofType(data.origin_now, "string");
          this.incidents.push({ kept: index, head: checkpoint, now });
          this.remark("restored", `第 ${index} 条`, `第 ${index} 至 ${checkpoint.size - 1} 条已丢失`);
        }
      } catch (fault) {
        if (!(fault instanceof Unsigned || fault instanceof Malformed)) throw fault;
        this.find("untrusted", `第 ${index} 条`, fault.message);
      }
    }
    let [name, last] = [this.base, null];
    for (const { kept, head, now } of this.incidents) {
      const isLarger = last && head.origin === last.origin && head.size > last.size;
      const goesOn = isLarger || epochOf(head.origin) >= epochOf(name);
      if (kept < this.head.size && goesOn && epochOf(now) > epochOf(name)) [name, last] = [now, head];
    }
    if (name !== this.head.origin) {
      this.find("rolled_back", "checkpoint", "日志换了名称，却没有记载恢复的事件");
    }
  }

  stands(note) {
    const { origin, size } = note.checkpoint;
    const told = this.incidents.filter((one) => epochOf(one.head.origin) >= epochOf(origin));
    if (!told.length) return true;
    const hasBegun = origin === this.base || this.incidents.some((one) => one.now === origin);
    return hasBegun && told.every((one) => size <= one.kept);
  }

  isKnownLost({ origin, size, root }) {
    const heads = this.incidents.map((one) => one.head);
    const alike = heads.filter((head) => head.origin === origin);
    if (!alike.length) return heads.some((head) => epochOf(head.origin) > epochOf(origin));
    return alike.some((head) => size < head.size || (size === head.size && same(root, head.root)));
  }

  // whole logs run from 0 without a gap; cases only ascend
  checkOrder() {
    if (this.promise.whole_log) {
      const gap = this.events.findIndex((one, at) => one.index !== at);
      if (gap >= 0) {
        this.find("altered", `第 ${gap} 条`, "序号不连续：日志中的事件缺失或重复");
        this.events = this.events.slice(0, gap);
      }
      return;
    }
    let previous = -1;
    for (const { index } of this.events) {
      if (!(previous < index && index < this.head.size)) {
        this.find("altered", `第 ${index} 条`, "序号应递增且小于检查点的规模");
      }
      previous = index;
    }
  }

  async checkEvents() {
    this.streams = new Map();
    for (const event of this.events) {
      const where = `第 ${event.index} 条`;
      try {
        event.decoded = decodeRecord(event.record);
      } catch (fault) {
        if (!(fault instanceof Malformed)) throw fault;
        this.find("altered", where, fault.message);
        continue;
      }
      const { origin, stream, version, previous, stateHash, recordedAt } = event.decoded;
      if (origin !== this.base) this.find("foreign", where, "记录属于另一日志");
      if (!same(await sha256(event.state), stateHash)) {
        this.find("altered", where, "事件内容与账本记录的哈希不符：内容被改动");
      }
      if (!this.streams.has(stream)) this.streams.set(stream, []);
      const known = this.streams.get(stream);
      const last = known.at(-1);
      const after = last ? last.decoded.version : 0;
      const mayMiss = !this.promise.whole_log && !this.keys.has(stream) && version > after;
      if (version !== after + 1 && !mayMiss) {
        this.find("altered", where, "流中版本不连续：有事件被删除或插入");
      } else if (version === after + 1 && !same(previous, last ? last.leaf : ZEROS)) {
        this.find("altered", where, "链断开：记录所指的前一条不是流中的前一条");
      }
      known.push(event);
      this.checkTime(event.index, recordedAt / 1e6);
    }
  }

  checkTime(index, recorded) {
    const covering = this.notes.filter((one) => one.checkpoint.size > index);
    const before = this.notes.filter((one) => one.checkpoint.size <= index);
    if (covering.some((one) => recorded > one.time + TOLERANCE)) {
      this.find("out_of_time", `第 ${index} 条`, "记录时间晚于覆盖它的检查点的见证时间");
    }
    if (before.some((one) => recorded < one.time - TOLERANCE)) {
      this.find("out_of_time", `第 ${index} 条`, "记录时间早于此前检查点的见证时间：事件被倒签日期");
    }
  }

  async rootAt(size) {
    return size > this.events.length
      ? null
      : rootOf(this.events.slice(0, size).map((one) => one.leaf));
  }

  async checkRoots() {
    const { size, root } = this.head;
    if (this.events.length !== size) {
      this.find("altered", "leaves.bin", `检查点签署 ${size} 条，包内有 ${this.events.length} 条`);
    }
    const found = await this.rootAt(size);
    this.holds = found !== null && same(found, root);
    if (found !== null && !this.holds) {
      this.find("altered", "leaves.bin", "全部记录算出的根与检查点不符");
    }
  }

  async checkProofs() {
    const inclusion = ofType(this.proofs.inclusion, "object");
    this.holds = true;
    const { size, root } = this.head;
    for (const { leaf, index } of this.events) {
      const given = inclusion[String(index)];
      if (given === undefined) {
        this.find("incomplete", `第 ${index} 条`, "没有这条记录在册的证明");
      } else if (!(await verifyInclusion(leaf, index, size, hashesOf(given), root))) {
        this.find("altered", `第 ${index} 条`, "记录不在已签署的日志中");
      }
    }
  }

  async compare(note, isKept) {
    const [one, head] = [note.checkpoint, this.head];
    const where = `检查点（${one.origin} 规模 ${one.size}）`;
    const stands = this.stands(note);
    if (!stands && this.isKnownLost(one)) {
      this.remark("lost", where, "其后一部分事件在恢复数据库时丢失，日志自己记载了此事");
    } else if (one.size === head.size && one.origin === head.origin) {
      if (!same(one.root, head.root) && this.trusted) {
        this.find("forked", where, "同一规模签署过两个不同的根");
      }
    } else if (one.size > head.size || !stands) {
      this.find("rolled_back", where, "签署过的日志比包内的长，且无恢复记载");
    } else if (this.promise.whole_log) {
      const found = await this.rootAt(one.size);
      if (found && !same(found, one.root) && this.holds && this.trusted) {
        this.find("forked", where, "前面的记录算出的根与之不同：历史被改写");
      }
    } else {
      const proofs = ofType(this.proofs.consistency, "object");
      const given = one.size === 0 ? [] : proofs[String(one.size)];
      if (given === undefined) this.find("incomplete", where, "包内没有它的一致性证明");
      else if (!(await verifyConsistency(one.size, head.size, one.root, head.root, hashesOf(given)))) {
        this.find(isKept ? "forked" : "altered", where, "不能证明最新检查点是它的延续");
      }
    }
  }

  checkPromises() {
    const { events = 0, size = 0, withheld = 0 } = this.promise;
    if (events !== this.events.length) this.find("incomplete", "leaves.bin", "事件数与清单不符");
    if (size !== this.head.size) this.find("incomplete", "manifest.json", "规模与清单不符");
    if (withheld) this.remark("withheld", "manifest.json", "有事件暂不公开，未收入");
  }

  recordedErasures() {
    const said = this.events.filter((one) => one.decoded?.topic === "erasure_completed.v1");
    const keys = said.flatMap((one) => [...text(one.state, "").matchAll(/"key": ?"([0-9a-f-]{36})"/g)]);
    return new Set(keys.map((one) => one[1]));
  }

  checkTombstones() {
    const seen = new Set();
    for (const stone of ofType(readJson(this.file("tombstones.json")), "list")) {
      const { key, purpose, destroyed_at: at } = ofType(stone, "object");
      const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key);
      const isMoment = /(Z|[+-]\d\d:\d\d)$/.test(at) && !Number.isNaN(Date.parse(at));
      if (!isUuid || !isMoment || !purpose || seen.has(key)) {
        this.find("altered", "tombstones.json", "密钥销毁记录不成立或重复");
      }
      seen.add(key);
    }
    const recorded = this.recordedErasures();
    const unrecorded = [...seen].filter((key) => !recorded.has(key)).length;
    if (unrecorded) {
      this.remark("unrecorded", "tombstones.json", `${unrecorded} 个密钥已销毁，包内却没有事件记载`);
    }
  }
}

const hashesOf = (given) => ofType(given, "list").map((one) => fromBase64(ofType(one, "string")));
