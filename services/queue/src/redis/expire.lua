-- ARGV: now. Answers the ids put back, fewer than MOST_RETURNED when none are left.
local ids = expire(ARGV[3])
wake(#ids)
return ids
