//! The short human names of HTTP statuses.

use hotline_proto::locale::Locale;
use http::StatusCode;

/// Returns what a problem with this status is called.
pub(super) fn of(status: StatusCode, locale: Locale) -> &'static str {
    let (en, zh) = match status.as_u16() {
        400 => ("The request is not valid", "请求内容有误"),
        401 => ("Sign in first", "请先登录"),
        403 => ("Not allowed", "没有权限"),
        404 => ("Not found", "找不到"),
        405 => ("Wrong method", "方法不适用"),
        409 => ("Conflict with the present state", "与当前状态冲突"),
        412 => ("Changed in the meantime", "内容已被他人修改"),
        413 => ("Request too large", "请求过大"),
        415 => ("Unsupported media type", "不支持的内容类型"),
        422 => ("Idempotency key used before", "幂等键已被使用"),
        429 => ("Too many requests", "请求过于频繁"),
        499 => ("The client went away", "客户端已断开"),
        501 => ("Not offered here", "此处不提供"),
        503 => ("Not available for the moment", "暂时不可用"),
        504 => ("No answer in time", "应答超时"),
        _ => ("Internal fault", "系统内部错误"),
    };
    locale.pick(en, zh)
}
