-- ARGV: the epoch the rebuild began with. Answers whether it is complete.
if redis.call('GET', epoch) ~= ARGV[3] then
  return 0
end
redis.call('SET', built, run_id())
return 1
