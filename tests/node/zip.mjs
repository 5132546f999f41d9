// Reads a zip whose maker is not trusted: what the central directory and the local headers say
// must agree, members do not overlap, and nothing is written anywhere.

import { inflateRawSync } from "node:zlib";

const PATH = /^[a-z_]+\/(checkpoints\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const UNKNOWN = 0xffffffff;
const MOST_RATIO = 200;
const CHUNK = 1 << 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes) {
  let c = UNKNOWN;
  for (const one of bytes) c = TABLE[(c ^ one) & 0xff] ^ (c >>> 8);
  return (c ^ UNKNOWN) >>> 0;
}

function check(good, words) {
  if (!good) throw new Error(`不是完整的 zip 文件：${words}`);
}

// Map of name -> bytes.
export function members(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  check(end >= 0 && view.getUint32(end, true) === 0x06054b50, "没有目录的结尾");
  const [count, size, start] = directory(view, end);
  const found = new Map();
  const spans = [];
  let at = start;
  for (let n = 0; n < count; n += 1) {
    const one = entry(view, bytes, at);
    check(one.name === "manifest.json" || PATH.test(one.name), `不允许的路径 ${one.name}`);
    check(!found.has(one.name), `重名 ${one.name}`);
    found.set(one.name, content(view, bytes, one));
    spans.push([one.offset, one.offset + 30 + one.name.length + one.packed]);
    at = one.next;
  }
  check(at - start === size, "目录的长度不符");
  spans.sort((one, other) => one[0] - other[0]);
  check(spans.every(([begin], n) => n === 0 || begin >= spans[n - 1][1]), "文件重叠");
  return found;
}

function directory(view, end) {
  const values = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  if (values[0] !== 0xffff && values[1] !== UNKNOWN && values[2] !== UNKNOWN) return values;
  check(end >= 20 && view.getUint32(end - 20, true) === 0x07064b50, "zip64 的结尾缺失");
  const at = Number(view.getBigUint64(end - 12, true));
  check(at + 56 <= end && view.getUint32(at, true) === 0x06064b50, "zip64 的目录缺失");
  return [32, 40, 48].map((offset) => Number(view.getBigUint64(at + offset, true)));
}

function entry(view, bytes, at) {
  check(at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50, "目录不完整");
  const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
  const next = at + 46 + lengths[0] + lengths[1] + lengths[2];
  check(next <= bytes.length, "目录不完整");
  check(!(view.getUint16(at + 8, true) & 1), "已加密");
  check(((view.getUint32(at + 38, true) >>> 16) & 0xf000) !== 0xa000, "符号链接");
  const one = {
    name: Buffer.from(bytes.subarray(at + 46, at + 46 + lengths[0])).toString("latin1"),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
    next,
  };
  zip64(view, at + 46 + lengths[0], lengths[1], one);
  check(one.size <= CHUNK + MOST_RATIO * one.packed, "压缩比异常");
  return one;
}

// The sizes that do not fit stand in an extra field, in this order.
function zip64(view, begin, length, one) {
  for (let at = begin; at + 4 <= begin + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let value = at + 4;
    for (const field of ["size", "packed", "offset"]) {
      if (one[field] === UNKNOWN) {
        one[field] = Number(view.getBigUint64(value, true));
        value += 8;
      }
    }
  }
}

function content(view, bytes, one) {
  check(one.offset + 30 <= bytes.length, "文件头缺失");
  check(view.getUint32(one.offset, true) === 0x04034b50, "文件头缺失");
  const nameLength = view.getUint16(one.offset + 26, true);
  const begin = one.offset + 30 + nameLength + view.getUint16(one.offset + 28, true);
  const name = Buffer.from(bytes.subarray(one.offset + 30, one.offset + 30 + nameLength));
  check(name.toString("latin1") === one.name, "文件名前后不一");
  check(begin + one.packed <= bytes.length, "文件不完整");
  const packed = bytes.subarray(begin, begin + one.packed);
  check(one.method === 0 || one.method === 8, "压缩方式不受支持");
  const whole =
    one.method === 0 ? packed : new Uint8Array(inflateRawSync(packed, { maxOutputLength: one.size + 1 }));
  check(whole.length === one.size && crc32(whole) === one.crc, `${one.name} 已损坏`);
  return whole;
}
