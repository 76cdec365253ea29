return redis.call('GET', built) == run_id() and 1 or 0
