-- ARGV: id, ... Most often all of them are held: then they do not wait.
for first = 3, #ARGV, 1000 do
  local last = math.min(first + 999, #ARGV)
  local were_held = redis.call('ZREM', leases, unpack(ARGV, first, last))
  redis.call('HDEL', held, unpack(ARGV, first, last))
  if were_held <= last - first then
    redis.call('ZREM', ready, unpack(ARGV, first, last))
  end
end
