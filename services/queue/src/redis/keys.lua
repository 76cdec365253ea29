-- The keys of a queue, all in one hash slot.
-- ARGV[1] is the wake-up channel, ARGV[2] the queue's name; a script's own arguments start at ARGV[3].
-- Scores and instants stay strings: Lua would print large numbers in exponent form.
local ready = KEYS[1]  -- sorted set: waiting ids by order
local leases = KEYS[2] -- sorted set: held ids by end of lease; an id is in one of the two
local held = KEYS[3]   -- hash: held id -> the order it returns to, a space, its holder
