-- What people asked and were answered, what a language model used up, and what it worded before.
-- A chat's name counts within its owner: everybody has a "main", and nobody learns of another's.
CREATE TABLE selfheal.chat (
  tenant    text NOT NULL REFERENCES selfheal.tenant,
  owner     text NOT NULL,
  id        text NOT NULL,
  title     text NOT NULL,
  about     bigint,  -- an incident's number; that may be forgotten earlier
  server    text,
  at        timestamptz NOT NULL,
  last_turn bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, owner, id)
);
CREATE INDEX chat_newest ON selfheal.chat (tenant, owner, at DESC);
CREATE INDEX chat_oldest ON selfheal.chat (tenant, at);

-- `tools` is JSON that only this program reads.
CREATE TABLE selfheal.chat_turn (
  tenant text NOT NULL,
  owner  text NOT NULL,
  chat   text NOT NULL,
  number bigint NOT NULL,
  role   text NOT NULL,
  text   text NOT NULL,
  tools  text NOT NULL,
  at     timestamptz NOT NULL,
  PRIMARY KEY (tenant, owner, chat, number),
  FOREIGN KEY (tenant, owner, chat) REFERENCES selfheal.chat ON DELETE CASCADE
);

-- `day` is of UTC. A few rows a day.
CREATE TABLE selfheal.model_usage (
  tenant            text NOT NULL REFERENCES selfheal.tenant,
  day               date NOT NULL,
  purpose           text NOT NULL,
  calls             bigint NOT NULL,
  prompt_tokens     bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  cost              double precision NOT NULL,
  PRIMARY KEY (tenant, day, purpose)
);

-- `key` is a SHA-256: what it stands for may be longer than an index row.
CREATE TABLE selfheal.wording (
  tenant text NOT NULL REFERENCES selfheal.tenant,
  key    text NOT NULL,
  json   text NOT NULL,
  at     timestamptz NOT NULL,
  PRIMARY KEY (tenant, key)
);
CREATE INDEX wording_newest ON selfheal.wording (tenant, at DESC);
