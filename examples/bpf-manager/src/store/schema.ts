import { DatabaseSync } from 'node:sqlite';
import { INSTANCE_KEY } from '../model.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS programs (
  id        INTEGER PRIMARY KEY CHECK (id > 0),
  name      TEXT NOT NULL CHECK (name <> ''),
  type      TEXT NOT NULL,
  attach_to TEXT,
  pin_path  TEXT NOT NULL UNIQUE
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS program_name ON programs (name);

CREATE TABLE IF NOT EXISTS program_metadata (
  program_id INTEGER NOT NULL REFERENCES programs (id) ON DELETE CASCADE,
  key        TEXT NOT NULL CHECK (key <> ''),
  value      TEXT NOT NULL,
  PRIMARY KEY (program_id, key)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS program_instance ON program_metadata (value) WHERE key = '${INSTANCE_KEY}';

CREATE TABLE IF NOT EXISTS dispatchers (
  kind           TEXT NOT NULL CHECK (kind IN ('xdp', 'tc-ingress', 'tc-egress')),
  netns          INTEGER NOT NULL,
  ifindex        INTEGER NOT NULL CHECK (ifindex > 0),
  netns_path     TEXT,
  interface_name TEXT NOT NULL,
  revision       INTEGER NOT NULL CHECK (revision > 0),
  program_id     INTEGER NOT NULL UNIQUE,
  filter_handle  INTEGER,
  PRIMARY KEY (kind, netns, ifindex),
  CHECK ((kind = 'xdp') = (filter_handle IS NULL))
) STRICT;

CREATE TABLE IF NOT EXISTS links (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  program_id      INTEGER NOT NULL REFERENCES programs (id) ON DELETE RESTRICT,
  kernel_id       INTEGER NOT NULL UNIQUE,
  pin_path        TEXT NOT NULL UNIQUE,
  netns           INTEGER,
  ifindex         INTEGER,
  netns_path      TEXT,
  interface_name  TEXT,
  direction       TEXT CHECK (direction IN ('ingress', 'egress')),
  target          TEXT,
  priority        INTEGER,
  dispatcher_kind TEXT,
  position        INTEGER CHECK (position BETWEEN 0 AND 9),
  proceed_on      INTEGER,
  detach_pending  INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (dispatcher_kind, netns, ifindex) REFERENCES dispatchers (kind, netns, ifindex) ON DELETE RESTRICT,
  CHECK ((dispatcher_kind IS NULL) = (position IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS link_program ON links (program_id);
CREATE UNIQUE INDEX IF NOT EXISTS link_slot ON links (dispatcher_kind, netns, ifindex, position)
  WHERE dispatcher_kind IS NOT NULL;
`;

/**
 * Opens the manager's database and makes its tables if they are missing.
 * @param file - @defaultValue ':memory:', which is gone when the database is closed
 */
export function openDatabase(file = ':memory:'): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  if (file !== ':memory:') database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(SCHEMA);
  return database;
}
