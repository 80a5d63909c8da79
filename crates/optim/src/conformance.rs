//! What every optimizer of the list must do.
