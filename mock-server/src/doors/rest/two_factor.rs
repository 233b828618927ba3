//! The second factor as REST calls show it: the code in the header `x-2fa-code`, the method in `x-2fa-method`.

use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::rules::accounts::two_factor::{self, Shown};

/// Checks the caller's second factor. To be the first line of a handler: permission and validation come before it (upstream: the route
/// option `twoFactorRequired`).
///
/// # Errors
/// 400 `totp-required` without a code, 400 `totp-invalid` with a wrong one.
pub fn require(context: &Context<'_>) -> Result<(), ApiError> {
    let (actor, request) = (context.actor()?, &context.request);
    let shown = Shown {
        code: request.present_header("x-2fa-code"),
        method: request.header("x-2fa-method"),
        client: two_factor::client(request.header("user-agent").unwrap_or_default(), &request.client_ip()),
    };
    Ok(context.workspace.change(|tx| two_factor::require(tx, actor, &shown))?)
}
