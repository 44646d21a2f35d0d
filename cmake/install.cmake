# Makes find_package(strait) and pkg-config work for those who install.
include(CMakePackageConfigHelpers)

install(TARGETS strait EXPORT strait-targets FILE_SET HEADERS)
install(EXPORT strait-targets
  NAMESPACE strait::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strait)
configure_package_config_file(cmake/strait-config.cmake.in
  ${PROJECT_BINARY_DIR}/strait-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strait)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/strait-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/strait-config.cmake
  ${PROJECT_BINARY_DIR}/strait-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strait)

configure_file(cmake/strait.pc.in ${PROJECT_BINARY_DIR}/strait.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/strait.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
