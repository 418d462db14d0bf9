// Frames: how bytes on the port become messages, in both directions. src/vm/agent/frame.ts is the other side.
//   u32 magic  u8 type  u8 0  u16 sequence  u32 id  u32 size  u32 check of the 16 bytes before  u32 check of the payload
// What is no frame (messages of the kernel on a shared line) is skipped; a gap in the sequence is told to the client.
#ifndef FRAME_H
#define FRAME_H
#include "system.h"

enum { MAGIC = 0x01424c9d, HEADER = 24, MAX_PAYLOAD = 128 * 1024, CHUNK = 32 * 1024, WINDOW = 256 * 1024 };
enum { C_HELLO = 1, C_PING, C_EXEC, C_DATA, C_END, C_CREDIT, C_SIGNAL, C_WRITE, C_READ, C_MODULE, C_MOUNT, C_CLOCK, C_POWER,
  C_RESIZE, C_NETLINK, C_RELEASE };
// Other numbers than the client's: a line that still echoes must not seem to answer.
enum { A_HELLO = 33, A_PONG, A_STARTED, A_OUT, A_ERR, A_CREDIT, A_EXIT, A_RESULT, A_LOST, A_DEAF };

static s32 port = -1;
static u8 rx[2 * (MAX_PAYLOAD + HEADER) + 8], tx[768 * 1024];
static u64 rx_size, tx_start, tx_end;
static u16 rx_sequence, tx_sequence;

static u32 get32(const u8 *p) { return *(const u32 __attribute__((may_alias, aligned(1))) *)p; }
static u64 get64(const u8 *p) { return *(const u64 __attribute__((may_alias, aligned(1))) *)p; }
static void put32(u8 *p, u32 v) { *(u32 __attribute__((may_alias, aligned(1))) *)p = v; }
static void put64(u8 *p, u64 v) { *(u64 __attribute__((may_alias, aligned(1))) *)p = v; }

static u32 check(const u8 *p, u64 size) {
  u32 h = 0x811c9dc5;
  for (; size >= 4; size -= 4, p += 4) h = (h ^ get32(p)) * 0x01000193, h ^= h >> 15;
  u32 last = 0;
  for (u64 i = 0; i < size; i++) last |= (u32)p[i] << (8 * i);
  if (size) h = (h ^ last) * 0x01000193, h ^= h >> 15;
  return h;
}

static u64 tx_waiting(void) { return tx_end - tx_start; }
// Bulk data waits when this much does, so that an answer is never behind more than that.
static int tx_has_room(void) { return tx_waiting() < 4 * CHUNK; }

// Where the payload of the next frame goes: data are read straight into it.
static u8 *next_payload(void) {
  if (tx_end + HEADER + MAX_PAYLOAD > sizeof tx) {
    memmove(tx, tx + tx_start, tx_waiting());
    tx_end = tx_waiting();
    tx_start = 0;
  }
  return tx + tx_end + HEADER;
}
static void commit_frame(u8 type, u32 id, u32 size) {
  u8 *h = tx + tx_end;
  put32(h, MAGIC);
  h[4] = type;
  h[5] = 0;
  h[6] = (u8)tx_sequence;
  h[7] = (u8)(tx_sequence >> 8);
  tx_sequence++;
  put32(h + 8, id);
  put32(h + 12, size);
  put32(h + 16, check(h, 16));
  put32(h + 20, check(h + HEADER, size));
  tx_end += HEADER + size;
}
static void send(u8 type, u32 id, const void *payload, u32 size) {
  memcpy(next_payload(), payload, size);
  commit_frame(type, id, size);
}
static void send32(u8 type, u32 id, u32 a, u32 b) {
  u8 payload[8];
  put32(payload, a);
  put32(payload + 4, b);
  send(type, id, payload, 8);
}
static void send_result(u32 id, s64 result, u32 stage) { send32(A_RESULT, id, result < 0 ? (u32)-result : 0, stage); }

static int flush(void) {
  while (tx_waiting()) {
    u64 size = tx_waiting() < CHUNK ? tx_waiting() : CHUNK;
    s64 n = write_file(port, tx + tx_start, size);
    if (n == -EAGAIN_ || n == 0) return 0;
    if (n < 0) return (int)n;
    tx_start += (u64)n;
  }
  tx_start = tx_end = 0;
  return 0;
}

static int is_header(const u8 *p) {
  return get32(p) == MAGIC && get32(p + 12) <= MAX_PAYLOAD && get32(p + 16) == check(p, 16);
}
// A client that came after a restored snapshot says hello into what may be the middle of another's frame.
static u64 find_hello(u64 from) {
  for (; from + HEADER + 8 <= rx_size; from++)
    if (rx[from] == (u8)MAGIC && is_header(rx + from) && rx[from + 4] == C_HELLO && get32(rx + from + 12) == 8 &&
        get32(rx + from + 20) == check(rx + from + HEADER, 8)) return from;
  return 0;
}

static void handle(u8 type, u32 id, u8 *payload, u32 size);

static void parse(void) {
  static u64 scanned;
  u64 at = 0;
  while (rx_size - at >= HEADER && tx_waiting() < sizeof tx / 2) {
    u8 *h = rx + at;
    if (!is_header(h)) { at++; continue; }
    u32 size = get32(h + 12);
    if (rx_size - at < HEADER + size) {
      u64 hello = find_hello(at + HEADER > scanned ? at + HEADER : scanned);
      if (hello) { at = hello; scanned = 0; continue; }
      scanned = rx_size > HEADER + 8 ? rx_size - HEADER - 8 : 0;
      break;
    }
    scanned = 0;
    if (get32(h + 20) != check(h + HEADER, size)) { at++; continue; }
    u16 sequence = (u16)(h[6] | h[7] << 8);
    if (h[4] != C_HELLO && sequence != rx_sequence) send32(A_LOST, 0, (u16)(sequence - rx_sequence), 0);
    rx_sequence = sequence + 1;
    u8 after = h[HEADER + size];
    h[HEADER + size] = 0;  // so that the last string of a payload ends
    handle(h[4], get32(h + 8), h + HEADER, size);
    h[HEADER + size] = after;
    at += HEADER + size;
  }
  if (at) {
    memmove(rx, rx + at, rx_size - at);
    rx_size -= at;
    scanned = scanned > at ? scanned - at : 0;
  }
}
#endif
